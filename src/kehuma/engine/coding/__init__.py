"""The scheme language: a coding rule as a compiled grammar that writes, reads, proves, counts and forecasts."""
