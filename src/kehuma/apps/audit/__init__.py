"""Events: who changed what and when."""
