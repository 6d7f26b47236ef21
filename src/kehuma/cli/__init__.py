"""The command line ``kehuma``: one module per group of commands, sentences in ``texts.toml``."""
