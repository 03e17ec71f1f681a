"""A stand-in for Telegram: a local server that speaks the Bot API, and a chat page to talk from the other side."""
