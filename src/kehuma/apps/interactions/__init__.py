"""Interactions: calls, visits, mails and remarks on customers, follow-ups, mentions (联系与批注)."""
