"""The pages of the API and of webhooks."""
