"""Parts of an answer as calls of the Bot API, and what is done about refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.telegram import api as api_module
from connectors.telegram import outgoing
from connectors.telegram.transport import TelegramTransport
from tests.telegram.server import Answer, BotApi, ok, refusal
from tickets.transport import (
    ChannelAccess,
    DeliveryError,
    DeliveryUnknown,
    Entity,
    OutboundFile,
    Part,
    Place,
    Sent,
    Transport,
)

DANA = Place("private", "7700000001")
GROUP = Place("group", "-4001")
TOPIC = Place("topic", "-1002000000002", "4")


def text(place: Place = DANA, words: str = "Your withdrawal is on its way.", **fields: Any) -> Part:
    return Part("send_text", place, text=words, **fields)


@pytest.fixture
def files(tmp_path: Path) -> list[OutboundFile]:
    made = []
    for name, kind in (
        ("a.jpg", "image/jpeg"),
        ("b.png", "image/png"),
        ("c.pdf", "application/pdf"),
    ):
        path = tmp_path / name
        path.write_bytes(b"content of " + name.encode())
        made.append(OutboundFile(str(path), name, kind))
    return made


def test_it_is_a_transport(transport: TelegramTransport) -> None:
    checked: Transport = transport
    assert checked.text_limit == 4096
    assert [part for part, _ in checked.split("a" * 5000)] == ["a" * 4096, "a" * 904]


# --- Texts -------------------------------------------------------------------------------------------------------


def test_a_text_without_anything_else(transport: TelegramTransport, server: BotApi) -> None:
    assert transport.send(text()) == Sent(("501",))
    assert server.requests[0].params == {
        "chat_id": 7700000001,
        "text": "Your withdrawal is on its way.",
        "link_preview_options": {"is_disabled": True},
    }


def test_a_reply_in_a_topic_with_a_button(transport: TelegramTransport, server: BotApi) -> None:
    transport.send(
        text(TOPIC, reply_to="30", buttons=(("Open", "https://t.me/KiteHelpBot?start=x"),))
    )
    params = server.requests[0].params
    assert (params["chat_id"], params["message_thread_id"]) == (-1002000000002, 4)
    assert params["reply_parameters"] == {"message_id": 30, "allow_sending_without_reply": True}
    assert params["reply_markup"] == {
        "inline_keyboard": [[{"text": "Open", "url": "https://t.me/KiteHelpBot?start=x"}]]
    }


def test_marks_are_sent_in_utf16_units_and_only_those_that_telegram_takes(
    transport: TelegramTransport, server: BotApi
) -> None:
    marks = (
        Entity("bold", 1, 2),
        Entity("text_link", 3, 1, url="https://kite.example"),
        Entity("text_mention", 0, 1, user_id="41"),
        Entity("url", 0, 2),
        Entity("custom_emoji", 0, 1),
        Entity("text_link", 3, 1),
        Entity("code", 3, 99),
    )
    transport.send(text(words="🙏a🎉b", entities=marks))
    sent = server.requests[0].params["entities"]
    assert [(e["type"], e["offset"], e["length"]) for e in sent] == [
        ("bold", 2, 3),
        ("text_link", 5, 1),
        ("text_mention", 0, 2),
        ("code", 5, 1),
    ]
    assert sent[2]["user"]["id"] == 41


def test_marks_that_telegram_refuses_do_not_cost_the_reply(
    transport: TelegramTransport, server: BotApi
) -> None:
    server.then(refusal(400, "Bad Request: can't parse entities: unsupported"))
    assert transport.send(text(entities=(Entity("bold", 0, 4),))).external_ids == ("502",)
    first, second = server.requests
    assert first.params.pop("entities")
    assert first.params == second.params


def test_a_chat_that_moved_is_followed(transport: TelegramTransport, server: BotApi) -> None:
    server.then(
        refusal(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=-1002000000009,
        )
    )
    assert transport.send(text(GROUP)) == Sent(("502",), migrated_to="-1002000000009")
    assert [request.params["chat_id"] for request in server.requests] == [-4001, -1002000000009]


def test_chats_that_move_in_circles_are_given_up(
    transport: TelegramTransport, server: BotApi
) -> None:
    server.then(*(refusal(400, "upgraded", migrate_to_chat_id=-1 - n % 2) for n in range(20)))
    with pytest.raises(DeliveryError):
        transport.send(text(GROUP))
    assert len(server.requests) == 4


def test_a_lost_topic_is_for_the_caller_to_decide(
    transport: TelegramTransport, server: BotApi
) -> None:
    server.then(refusal(400, "Bad Request: message thread not found"))
    with pytest.raises(DeliveryError) as caught:
        transport.send(text(TOPIC))
    assert (caught.value.reason, caught.value.permanent) == ("topic_not_found", True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(trouble="cut"),
        Answer(trouble="stall"),
        Answer(b"<html>", 502),
        Answer(b"<html>", 200),
    ],
)
def test_a_call_that_breaks_off_is_unknown_and_not_repeated(
    transport: TelegramTransport, server: BotApi, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "CALL_TIMEOUT", 0.2)
    server.then(answer)
    with pytest.raises(DeliveryUnknown) as caught:
        transport.send(text())
    assert len(server.requests) == 1
    assert "bot" not in str(caught.value)


def test_a_server_that_is_away_has_got_nothing() -> None:
    away = TelegramTransport(ChannelAccess(1, "telegram", "1:a", "http://127.0.0.1:9"))
    with pytest.raises(DeliveryError) as caught:
        away.send(text())
    assert (caught.value.reason, caught.value.permanent) == ("unavailable", False)


def test_an_answer_that_names_no_message_was_sent(
    transport: TelegramTransport, server: BotApi
) -> None:
    server.then(ok(True))
    assert transport.send(text()) == Sent(())


@pytest.mark.parametrize("place", [Place("group", "x"), Place("topic", "-5", "y")])
def test_an_id_that_is_none_is_rejected(
    transport: TelegramTransport, server: BotApi, place: Place
) -> None:
    with pytest.raises(DeliveryError) as caught:
        transport.send(text(place))
    assert (caught.value.reason, caught.value.permanent) == ("rejected", True)
    assert server.requests == []


# --- Files -------------------------------------------------------------------------------------------------------


def test_a_picture(transport: TelegramTransport, server: BotApi, files: list[OutboundFile]) -> None:
    part = Part(
        "send_files",
        TOPIC,
        text="See",
        entities=(Entity("bold", 0, 3),),
        files=(files[0],),
        reply_to="9",
    )
    assert transport.send(part) == Sent(("501",))
    (request,) = server.requests
    assert request.method == "sendPhoto"
    assert request.files == {"file0": ("a.jpg", "image/jpeg", b"content of a.jpg")}
    assert (request.params["photo"], request.params["caption"]) == ("attach://file0", "See")
    assert (request.params["chat_id"], request.params["message_thread_id"]) == (
        "-1002000000002",
        "4",
    )
    assert json.loads(request.params["caption_entities"]) == [
        {"type": "bold", "offset": 0, "length": 3}
    ]
    assert json.loads(request.params["reply_parameters"])["message_id"] == 9


def test_a_document(
    transport: TelegramTransport, server: BotApi, files: list[OutboundFile]
) -> None:
    transport.send(Part("send_files", DANA, files=(files[2],)))
    (request,) = server.requests
    assert request.method == "sendDocument"
    assert request.files["file0"][0] == "c.pdf"
    assert "caption" not in request.params


@pytest.mark.parametrize(
    ("chosen", "kind"), [((0, 1), "photo"), ((0, 2), "document"), ((2, 2), "document")]
)
def test_an_album_is_of_one_kind(
    transport: TelegramTransport,
    server: BotApi,
    files: list[OutboundFile],
    chosen: tuple[int, int],
    kind: str,
) -> None:
    server.then(ok([{"message_id": 71}, {"message_id": 72}]))
    part = Part("send_files", DANA, text="Both", files=tuple(files[i] for i in chosen))
    assert transport.send(part) == Sent(("71", "72"))
    media = json.loads(server.requests[0].params["media"])
    assert [item["type"] for item in media] == [kind, kind]
    assert [item.get("caption") for item in media] == ["Both", None]
    assert sorted(server.requests[0].files) == ["file0", "file1"]


def test_a_large_picture_goes_as_a_document(
    transport: TelegramTransport,
    server: BotApi,
    files: list[OutboundFile],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "PHOTO_LIMIT", 5)
    transport.send(Part("send_files", DANA, files=(files[0],)))
    assert server.methods == ["sendDocument"]


@pytest.mark.parametrize("chosen", [(0,), (0, 1)])
def test_a_picture_that_is_none_for_telegram_goes_as_a_document(
    transport: TelegramTransport, server: BotApi, files: list[OutboundFile], chosen: tuple[int, ...]
) -> None:
    server.then(refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
    transport.send(Part("send_files", DANA, text="See", files=tuple(files[i] for i in chosen)))
    second = server.requests[1]
    assert "document" in second.params or '"document"' in second.params["media"]
    assert second.files == server.requests[0].files


def test_what_can_never_be_sent_is_not_tried(
    transport: TelegramTransport,
    server: BotApi,
    files: list[OutboundFile],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = OutboundFile(files[0].path + ".gone", "a", "image/png")
    cases = [
        ("rejected", Part("send_files", DANA)),
        ("rejected", Part("send_files", DANA, files=(files[0],) * 11)),
        ("rejected", Part("send_files", DANA, files=(gone,))),
        ("too_large", Part("send_files", DANA, text="x" * 1025, files=(files[0],))),
    ]
    monkeypatch.setattr(outgoing, "UPLOAD_LIMIT", 16)
    Path(files[2].path).write_bytes(b"x" * 17)
    cases.append(("too_large", Part("send_files", DANA, files=(files[2],))))
    for reason, part in cases:
        with pytest.raises(DeliveryError) as caught:
            transport.send(part)
        assert (caught.value.reason, caught.value.permanent) == (reason, True)
    assert server.requests == []


# --- Deleting and acknowledging ----------------------------------------------------------------------------------


def test_deleting(transport: TelegramTransport, server: BotApi) -> None:
    server.then(ok(True))
    assert transport.send(Part("delete", GROUP, target="12")) == Sent(())
    assert (server.requests[0].method, server.requests[0].params) == (
        "deleteMessage",
        {"chat_id": -4001, "message_id": 12},
    )


def test_what_is_gone_already_is_deleted(transport: TelegramTransport, server: BotApi) -> None:
    server.then(refusal(400, "Bad Request: message to delete not found"))
    assert transport.send(Part("delete", GROUP, target="12")) == Sent(())


def test_a_deletion_that_is_not_allowed(transport: TelegramTransport, server: BotApi) -> None:
    server.then(refusal(400, "Bad Request: message can't be deleted"))
    with pytest.raises(DeliveryError) as caught:
        transport.send(Part("delete", GROUP, target="12"))
    assert (caught.value.reason, caught.value.permanent) == ("not_deletable", True)


def test_a_deletion_that_breaks_off_may_be_repeated(
    transport: TelegramTransport, server: BotApi
) -> None:
    server.then(Answer(trouble="cut"))
    with pytest.raises(DeliveryError) as caught:
        transport.send(Part("delete", GROUP, target="12"))
    assert (caught.value.reason, caught.value.permanent) == ("unavailable", False)


def test_acknowledging_is_a_reaction(transport: TelegramTransport, server: BotApi) -> None:
    server.then(ok(True))
    transport.send(Part("acknowledge", GROUP, target="12"))
    assert server.requests[0].params["reaction"] == [{"type": "emoji", "emoji": "👀"}]
    assert server.methods == ["setMessageReaction"]


# --- Received files and links ------------------------------------------------------------------------------------


def test_fetching_a_file(transport: TelegramTransport, server: BotApi) -> None:
    server.then(ok({"file_path": "documents/file_3.pdf", "file_size": 4}), Answer(b"data"))
    assert transport.fetch("BQAC", max_bytes=4) == b"data"
    assert server.requests[0].params == {"file_id": "BQAC"}


@pytest.mark.parametrize(
    ("answers", "reason", "permanent"),
    [
        ([ok({"file_path": "a", "file_size": 5})], "too_large", True),
        ([ok({"file_path": "a"}), Answer(b"12345")], "too_large", True),
        ([refusal(400, "Bad Request: file is too big")], "too_large", True),
        ([ok({"file_path": "../../etc/passwd"})], "rejected", True),
        ([ok({"file_path": "/var/lib/telegram-bot-api/x"})], "rejected", True),
        ([ok({})], "rejected", True),
        ([refusal(400, "Bad Request: invalid file_id")], "rejected", True),
        (
            [refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")],
            "unavailable",
            False,
        ),
        ([ok({"file_path": "a"}), Answer(b"", 404)], "unavailable", False),
        ([ok({"file_path": "a"}), Answer(trouble="cut")], "unavailable", False),
        ([Answer(trouble="cut")], "unavailable", False),
        ([refusal(401, "Unauthorized")], "unauthorised", True),
        ([refusal(429, "Too Many Requests", retry_after=3)], "rate_limited", False),
    ],
)
def test_files_that_cannot_be_fetched(
    transport: TelegramTransport,
    server: BotApi,
    answers: list[Answer],
    reason: str,
    permanent: bool,
) -> None:
    server.then(*answers)
    with pytest.raises(DeliveryError) as caught:
        transport.fetch("BQAC", max_bytes=4)
    assert (caught.value.reason, caught.value.permanent) == (reason, permanent)


def test_a_deep_link(transport: TelegramTransport) -> None:
    assert transport.deep_link("g1-_Z") == "https://t.me/KiteHelpBot?start=g1-_Z"
    nameless = TelegramTransport(ChannelAccess(1, "telegram", "1:a"))
    assert nameless.deep_link("g1") == ""
    for payload in ("", "a b", "a&b", "x" * 65, "é"):
        with pytest.raises(ValueError, match="payload"):
            transport.deep_link(payload)
