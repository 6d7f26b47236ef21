"""A log that can prove what it holds: a Merkle tree (RFC 6962), signed checkpoints, certificates (C2SP formats)."""
