"""Pure thinking: no Django, no disk, no clock, no chance; the engines do not import one another."""
