"""The Bot API: `/bot<token>/<method>` and `/file/bot<token>/<path>`, in Telegram's words and codes."""
