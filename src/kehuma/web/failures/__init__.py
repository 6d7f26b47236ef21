"""Pages for when something is wrong: never a traceback, always a reference number and a way on."""
