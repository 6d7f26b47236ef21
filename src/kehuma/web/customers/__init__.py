"""The pages of customers: list, entry, record, search, recycle bin, tags, fields of one's own."""
