"""The keys under which personal values are sealed."""
