"""What can go wrong with a call, and what that means for a delivery.

For a message that must not arrive twice there are three ways to fail: it was refused, it never left, or nobody knows.
"""

from __future__ import annotations

import re

from tickets.transport import DeliveryError, DeliveryUnknown


class TelegramError(Exception):
    """A call that failed. Its text never holds the token, a URL or what was sent."""


class Refused(TelegramError):
    """Telegram, or a gateway before it, answered no: nothing was done. `code` is the HTTP status."""

    def __init__(
        self,
        method: str,
        code: int,
        description: str = "",
        *,
        retry_after: float | None = None,
        migrate_to: str = "",
    ) -> None:
        super().__init__(f"{method} refused: {code} {_harmless(description)}".rstrip())
        self.code = code
        self.description = description.lower()
        self.retry_after = retry_after
        self.migrate_to = migrate_to


class NotSent(TelegramError):
    """No connection was made: nothing can have arrived."""


class Unclear(TelegramError):
    """The call broke off, or the answer is no answer: it may have been done."""


# Fragments of descriptions, lower case, in the order in which they are tried.
_REASONS = (
    ("rejected", ("method not found",)),
    ("gone", ("message to edit not found", "message_id_invalid")),
    ("not_editable", ("message can't be edited", "message_edit_time_expired")),
    ("not_deletable", ("message can't be deleted",)),
    ("blocked", ("bot was blocked by the user", "user_is_blocked")),
    ("deactivated", ("user is deactivated", "input_user_deactivated")),
    ("kicked", ("bot was kicked", "bot is not a member", "bot_kicked")),
    ("topic_not_found", ("message thread not found", "topic_deleted", "topic_id_invalid")),
    (
        "chat_not_found",
        (
            "chat not found",
            "user not found",
            "peer_id_invalid",
            "group chat was deleted",
            "group chat was deactivated",
            "group chat was upgraded",
            "channel_private",
        ),
    ),
    (
        "not_allowed",
        (
            "initiate conversation",
            "send messages to bots",
            "rights",
            "_forbidden",
            "chat_restricted",
            "chat_admin_required",
            "topic_closed",
        ),
    ),
    (
        "too_large",
        ("too long", "too big", "too large", "media_caption_too_long", "message_too_long"),
    ),
)
_BY_CODE = {401: "unauthorised", 404: "unauthorised", 403: "not_allowed", 413: "too_large"}
_FORMATTING = ("can't parse entities", "entity_", "entities_")
_AS_PHOTO = ("photo_", "image_process_failed")
# 502 and 504 are words of a gateway, in JSON, too: what the server behind it has done it does not know. And these
# the server says when the message was sent and then lost, or while it shuts down.
_GATEWAY = (502, 504)
_MAYBE_DONE = ("sent message", "restart")


def is_formatting(error: Refused) -> bool:
    """The entities were refused; the bare text will be taken."""
    return error.code == 400 and any(mark in error.description for mark in _FORMATTING)


def is_photo(error: Refused) -> bool:
    """The picture is none in Telegram's eyes (too wide, too many pixels); as a document it will be taken."""
    return error.code == 400 and any(mark in error.description for mark in _AS_PHOTO)


def is_gone(error: Refused) -> bool:
    """The message that should be deleted or marked is not there any more."""
    marks = ("message to delete not found", "message to react not found", "message_id_invalid")
    return error.code == 400 and any(mark in error.description for mark in marks)


def is_done(error: Refused) -> bool:
    """What was asked for is so already, or too late to matter: the same words, a press long forgotten."""
    marks = ("message is not modified", "query is too old", "query id is invalid")
    return error.code == 400 and any(mark in error.description for mark in marks)


def outcome(error: TelegramError, *, repeatable: bool) -> DeliveryError | DeliveryUnknown:
    """The failure in the words of the outbox. `repeatable`: doing the call twice does no harm."""
    if not repeatable and _maybe_done(error):
        return DeliveryUnknown("interrupted")
    return _refusal(error) if isinstance(error, Refused) else DeliveryError("unavailable")


def _maybe_done(error: TelegramError) -> bool:
    if not isinstance(error, Refused):
        return isinstance(error, Unclear)
    said = error.code >= 500 and any(mark in error.description for mark in _MAYBE_DONE)
    return said or error.code in _GATEWAY


def _refusal(error: Refused) -> DeliveryError:
    if error.code == 429:
        return DeliveryError("rate_limited", retry_after=error.retry_after)
    if error.code == 409 or error.code >= 500 or error.code < 400:
        return DeliveryError("unavailable", retry_after=error.retry_after)
    named = (
        reason for reason, marks in _REASONS if any(mark in error.description for mark in marks)
    )
    return DeliveryError(next(named, None) or _BY_CODE.get(error.code, "rejected"), permanent=True)


def _harmless(description: str) -> str:
    """The description without what it quotes back: it may repeat a text or a link that we sent."""
    return re.sub(r"""["'«].*["'»]""", "...", description, flags=re.DOTALL)[:120]
