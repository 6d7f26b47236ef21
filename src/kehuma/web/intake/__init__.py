"""Pages: lists of customers come in."""
