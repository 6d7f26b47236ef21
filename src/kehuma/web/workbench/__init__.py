"""The first page after sign-in: what is to be done, and how things stand."""
