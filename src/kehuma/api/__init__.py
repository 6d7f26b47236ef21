"""The HTTP API: other programs issue codes, find them and keep customers through it. See ``docs/reference/api.md``."""
