"""What was said and done with a customer, and what is to be done next."""
