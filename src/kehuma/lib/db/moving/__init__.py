"""Moving the store from its file to a server: every row is copied and compared, and only then the move counts."""
