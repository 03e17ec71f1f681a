"""Updates that no service should send, as text: what is broken, absurd, huge or of the wrong kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.telegram.builders import SENT

Json = dict[str, Any]
PERSON = 9_400_000_000
PLACES = (
    ("update_id",),
    ("message",),
    ("message", "message_id"),
    ("message", "date"),
    ("message", "text"),
    ("message", "from"),
    ("message", "from", "id"),
    ("message", "from", "first_name"),
    ("message", "chat"),
    ("message", "chat", "id"),
    ("message", "chat", "type"),
    ("message", "entities"),
    ("message", "photo"),
    ("message", "reply_to_message"),
    ("message", "media_group_id"),
    ("message", "edit_date"),
)
VALUES: dict[str, str] = {
    "null": "null",
    "true": "true",
    "minus": "-1",
    "beyond 64 bit": str(2**70),
    "a thousand digits": "9" * 1000,
    "no number": "NaN",
    "endless": "1e999",
    "empty": '""',
    "nul": r'"a\u0000b"',
    "half a pair": r'"\ud83d"',
    "the other half": r'"x\udc00"',
    "right to left": r'"\u202eexe.txt\u2066"',
    "long": json.dumps("x" * 100_000),
    "list": "[]",
    "object": "{}",
    "lists in a list": "[[[[]]], null, {}]",
    "object of odd keys": r'{"": 1, "\u0000": 2, "id": {}}',
}
_MARK = "@@here@@"


def kinds() -> Iterator[tuple[str, str]]:
    """(name, raw text) of more than two hundred."""
    yield from whole()
    number = PERSON
    for place in PLACES:
        for name, value in VALUES.items():
            number += 1
            yield f"{'.'.join(place)}: {name}", _with(place, value, number)


def whole() -> Iterator[tuple[str, str]]:
    """Updates that are odd as a whole."""
    for number, (name, text) in enumerate(_odd().items(), start=PERSON - 100):
        yield name, text.replace("NUMBER", str(number))


def _odd() -> dict[str, str]:
    said = json.dumps(plain(0)).replace('"update_id": 0', '"update_id": NUMBER')
    open_end = said[:-1]
    return {
        "null": "null",
        "number": "17",
        "text": '"update"',
        "list": "[]",
        "empty object": "{}",
        "id only": '{"update_id": NUMBER}',
        "unknown kind": '{"update_id": NUMBER, "surprise": {"chat": {"id": 1}}}',
        "two kinds": open_end + ', "edited_message": {"message_id": 1}}',
        "one name twice": open_end + ', "message": {"message_id": "x"}}',
        "id twice": open_end + ', "update_id": "x"}',
        "megabytes": said.replace('"hello"', json.dumps("long " * 800_000)),
        "ten thousand deep": '{"update_id": NUMBER, "message": '
        + "[" * 10_000
        + "]" * 10_000
        + "}",
        "deep in a chat": said.replace('"hello"', '{"a":' * 3_000 + "1" + "}" * 3_000),
        "combining marks": said.replace('"hello"', json.dumps("z" + "\u0301" * 50_000)),
        "ten thousand entities": open_end[:-1]
        + ', "entities": '
        + json.dumps([{"type": "bold", "offset": n, "length": 9} for n in range(10_000)])
        + "}}",
        "not UTF-8": said.replace("hello", "\udcff\udcfe"),
        "control signs": said.replace("hello", "a\x00\x01\x1f\x7f"),
    }


def plain(number: int) -> Json:
    """A healthy update of a person of its own."""
    person = {"id": number, "is_bot": False, "first_name": "P"}
    chat = {"id": number, "type": "private", "first_name": "P"}
    message = {"message_id": 5, "date": SENT, "from": person, "chat": chat, "text": "hello"}
    return {"update_id": number, "message": message}


def _with(place: tuple[str, ...], value: str, number: int) -> str:
    update = plain(number)
    inner = update
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = _MARK
    return json.dumps(update).replace(f'"{_MARK}"', value)
