"""Inline keyboards."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.state import Json


def keyboard(markup: Json) -> Json:
    """`reply_markup` as it stands on the message; only inline keyboards stay on it. Raises Refusal."""
    rows = markup.get("inline_keyboard")
    if not rows:
        return {}
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        )
    return {"reply_markup": {"inline_keyboard": [[_button(b) for b in row] for row in rows if row]}}


def _button(button: Json) -> Json:
    label = str(button.get("text") or "")
    if not label:
        raise bad_request("inline keyboard button text can't be empty")
    if button.get("url"):
        return {"text": label, "url": _checked_url(str(button["url"]))}
    data = str(button.get("callback_data") or "")
    if not data:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if len(data.encode()) > 64:
        raise bad_request("BUTTON_DATA_INVALID")
    return {"text": label, "callback_data": data}


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "tg") or not (parts.hostname or "").replace("-", ""):
        raise bad_request("BUTTON_URL_INVALID")
    if parts.scheme != "tg" and "." not in (parts.hostname or ""):
        # Seen with bots that link to a development server: Telegram does not take "localhost".
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url
