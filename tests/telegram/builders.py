"""Raw updates as Telegram sends them, about people whom we invented."""

from __future__ import annotations

from itertools import count
from typing import Any

from connectors.telegram.parse import Bot

BOT = Bot("5000111", "KiteHelpBot")
BOT_USER = {"id": 5000111, "is_bot": True, "first_name": "Kite Help", "username": "KiteHelpBot"}
DANA = {
    "id": 7_700_000_001,
    "is_bot": False,
    "first_name": "Dana",
    "last_name": "Rahimi",
    "username": "dana_r",
}
EMRE = {"id": 41, "is_bot": False, "first_name": "Emre", "language_code": "tr"}
PRIVATE = {
    "id": 7_700_000_001,
    "type": "private",
    "first_name": "Dana",
    "last_name": "Rahimi",
    "username": "dana_r",
}
GROUP = {"id": -4001, "type": "group", "title": "Kite friends"}
SUPERGROUP = {
    "id": -1002000000001,
    "type": "supergroup",
    "title": "Kite Talk",
    "username": "kitetalk",
}
FORUM = {"id": -1002000000002, "type": "supergroup", "title": "Kite Help Forum", "is_forum": True}
CHANNEL = {"id": -1002000000003, "type": "channel", "title": "Kite News", "username": "kitenews"}
SENT = 1_790_000_000

_ids = count(900_001)


def update(kind: str, body: Any) -> dict[str, Any]:
    return {"update_id": next(_ids), kind: body}


def body(
    chat: dict[str, Any] = PRIVATE, sender: dict[str, Any] | None = DANA, **fields: Any
) -> dict[str, Any]:
    """A message's object; `sender=None` leaves `from` out."""
    speaker = {} if sender is None else {"from": sender}
    return {"message_id": 17, "date": SENT, "chat": chat, **speaker, **fields}


def message(
    chat: dict[str, Any] = PRIVATE, sender: dict[str, Any] | None = DANA, **fields: Any
) -> dict[str, Any]:
    return update("message", body(chat, sender, **fields))


def topic_message(**fields: Any) -> dict[str, Any]:
    """In the topic "Withdrawals", whose creation was message 4, as a client sends it: "replying" to that."""
    root = body(
        FORUM, EMRE, message_id=4, forum_topic_created={"name": "Withdrawals", "icon_color": 1}
    )
    return message(
        FORUM,
        **{"message_thread_id": 4, "is_topic_message": True, "reply_to_message": root, **fields},
    )


def photo(*sizes: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "file_id": f"photo-{w}x{h}",
            "file_unique_id": f"u{w}",
            "width": w,
            "height": h,
            "file_size": w * h // 4,
        }
        for w, h in sizes
    ]


def file(name: str = "file", **fields: Any) -> dict[str, Any]:
    return {"file_id": name, "file_unique_id": f"u-{name}", **fields}
