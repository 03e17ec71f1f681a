"""Verbs of webhooks: each a keyword-only function with one transaction."""
