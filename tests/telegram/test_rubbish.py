"""Whatever arrives, reading it neither raises nor yields what the database would refuse."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.telegram import rawjson
from connectors.telegram.kinds import CONTEXT, IGNORED_UPDATES, PLAIN, SERVICE, WITH_FILE
from connectors.telegram.parse import parse
from connectors.telegram.updates import conversation_key, external_message_id, update_id
from tests.telegram.builders import BOT, message, photo, topic_message, update
from tickets.transport import Ignored, InboundMessage

_FIELDS = sorted(CONTEXT | set(PLAIN) | set(SERVICE) | set(WITH_FILE) | {"photo"})
_KINDS = ["message", "edited_message", "my_chat_member", "surprise", *sorted(IGNORED_UPDATES)]
_INNER = [
    *(
        "id",
        "type",
        "title",
        "username",
        "first_name",
        "last_name",
        "is_bot",
        "language_code",
        "status",
        "user",
    ),
    *(
        "message_id",
        "chat",
        "from",
        "file_id",
        "file_name",
        "file_size",
        "mime_type",
        "width",
        "height",
        "url",
    ),
    *(
        "offset",
        "length",
        "name",
        "question",
        "latitude",
        "is_member",
        "new_chat_member",
        "forum_topic_created",
    ),
]

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["private", "group", "4"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_INNER) | st.text(), inner, max_size=5)
    ),
    max_leaves=12,
)
plausible_chat = st.fixed_dictionaries(
    {"id": st.integers(-(10**13), 10**13), "type": anything | st.just("supergroup")}
)
messages = st.fixed_dictionaries(
    {"message_id": st.integers() | anything, "chat": plausible_chat | anything},
    optional={name: anything for name in _FIELDS if name not in ("message_id", "chat")},
)
updates = st.fixed_dictionaries(
    {"update_id": anything}, optional=dict.fromkeys(_KINDS, messages | anything)
)


def check(raw: object) -> None:
    for found in (conversation_key(raw), external_message_id(raw)):
        storable(found)
        assert len(found) <= 64
    assert update_id(raw) is None or isinstance(update_id(raw), int)
    parsed = parse(raw, bot=BOT)
    if isinstance(parsed, Ignored):
        storable(parsed.reason)
        assert len(parsed.reason) <= 200
        return
    storable(asdict(parsed))
    assert (
        parsed.text
        or parsed.files
        or parsed.placeholder
        or parsed.action not in ("message", "edit", "ticket")
    )
    for entity in parsed.entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= len(parsed.text)


def storable(value: Any) -> None:
    if isinstance(value, str):
        assert "\x00" not in value
        value.encode("utf-8")
    elif isinstance(value, dict):
        storable(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            storable(item)


@settings(max_examples=120, deadline=None, database=None)
@given(updates | anything)
def test_arbitrary_json_is_read_or_refused(raw: object) -> None:
    check(raw)


@settings(max_examples=150, deadline=None, database=None)
@given(st.data())
def test_a_real_update_with_any_one_field_broken_is_read_or_refused(data: st.DataObject) -> None:
    marks = [{"type": "text_mention", "offset": 0, "length": 2, "user": {"id": 3}}]
    whole = data.draw(
        st.sampled_from(
            [
                topic_message(text="hello", entities=marks),
                message(photo=photo((9, 9)), caption="c", media_group_id="1"),
                message(
                    document={"file_id": "f", "file_name": "n", "file_size": 3, "mime_type": "a/b"}
                ),
                update(
                    "my_chat_member", {"chat": {"id": 1}, "new_chat_member": {"status": "kicked"}}
                ),
            ]
        )
    )
    raw = json.loads(json.dumps(whole))
    node, path = raw, data.draw(st.sampled_from(_paths(raw)))
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = data.draw(anything)
    check(raw)


def _paths(value: Any) -> list[tuple[Any, ...]]:
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [
        path for key, inner in pairs for path in [(key,), *((key, *rest) for rest in _paths(inner))]
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"update_id": 1, "message": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"update_id": 1, "message": {"message_id": '
        + "9" * 10_000
        + ', "chat": {"id": 1}, "text": "x"}}',
        '{"update_id": 1, "message": {"message_id": 1, "chat": {"id": '
        + "9" * 10_000
        + '}, "text": "x"}}',
        '{"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}, "date": 1e999, "text": "x"}}',
        '{"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}, "date": NaN, "text": "\\ud83d\\u0000"}}',
        '{"update_id": 1, "\\ud800": {"\\u0000": 1}}',
        "not json",
        "",
    ],
)
def test_hostile_texts(text: str) -> None:
    check(rawjson.loads(text))


def test_a_deep_update_that_was_parsed_is_read() -> None:
    deep: dict[str, Any] = {}
    for _ in range(50_000):
        deep = {"reply_to_message": deep}
    raw = message(text="hi", reply_to_message=deep)
    parsed = parse(raw, bot=BOT)
    assert isinstance(parsed, InboundMessage)
    assert parsed.text == "hi"
