"""Settings and the way in: what turns the packages below into one running program."""
