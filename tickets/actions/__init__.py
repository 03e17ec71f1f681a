"""Verbs. An action is a keyword-only function, one transaction: it changes rows and writes the event that tells it."""
