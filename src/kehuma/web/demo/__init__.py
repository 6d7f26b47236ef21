"""The demonstration: the link that signs in, the banner on every page, the way to begin in earnest."""
