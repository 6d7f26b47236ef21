"""Schemes, counters and the codes given out."""
