"""The chat page, by its forms and addresses: everything works without a script."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess

REZA = world.person("reza").id


@pytest.fixture
def page(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """A browser without scripts."""
    with httpx.Client(base_url=sandbox.url, follow_redirects=True, trust_env=False) as client:
        yield client


def send(page: httpx.Client, deed: str, **fields: Any) -> httpx.Response:
    """Fill in a form as Reza with the bot, unless said otherwise."""
    files = fields.pop("files", None)
    return page.post(f"/act/{deed}", data={"as": "reza", "chat": "private", **fields}, files=files)


def test_what_is_written_reaches_the_bot_and_the_answer_comes_back(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    assert "سلام" in send(page, "say", text="سلام، ۵۰۰ تتر").text
    (update,) = sandbox.call("getUpdates").json()["result"]
    assert update["message"]["text"] == "سلام، ۵۰۰ تتر"
    sandbox.call("sendMessage", chat_id=REZA, text="بررسی می‌کنیم")
    assert "بررسی می‌کنیم" in page.get("/thread/?as=reza&chat=private").text


def test_markup_of_others_is_shown_as_text(page: httpx.Client) -> None:
    shown = send(page, "say", text="<img src=x> & <b>").text
    assert "&lt;img src=x&gt; &amp; &lt;b&gt;" in shown and "<img src=x>" not in shown


def test_reply_edit_and_delete(sandbox: SandboxProcess, page: httpx.Client) -> None:
    first = sandbox.say("dana", "en", "anyone here?")
    send(page, "say", **{"as": "sunita"}, chat="en", text="I ma", reply_to=first)
    own = sandbox.messages("en")[1]
    assert own["reply_to_message"]["message_id"] == first
    where = {"as": "sunita", "chat": "en"}
    send(page, "say", **where, text="I am", edit=own["message_id"])
    assert [m["text"] for m in sandbox.messages("en")] == ["anyone here?", "I am"]
    send(page, "delete", **where, message=own["message_id"])
    assert len(sandbox.messages("en")) == 1


def test_what_is_not_ones_own_cannot_be_changed(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    message = sandbox.say("dana", "en", "mine")
    answer = send(page, "say", **{"as": "sunita"}, chat="en", text="yours", edit=message)
    assert "That is not your message." in answer.text
    assert sandbox.messages("en")[0]["text"] == "mine"


def test_nothing_and_too_much_are_refused_in_words(page: httpx.Client) -> None:
    assert "There is nothing to send." in send(page, "say", text=" ").text
    headers = {"X-From-Script": "1"}
    long = {"as": "reza", "chat": "private", "text": "x" * 4097}
    answer = page.post("/act/say", data=long, headers=headers)
    assert (answer.status_code, answer.text) == (422, "That is too long for one message.")


def test_pictures_and_files(sandbox: SandboxProcess, page: httpx.Client, picture: bytes) -> None:
    files = [
        ("files", ("dekont.png", picture, "image/png")),
        ("files", ("<ekstre>.pdf", b"%PDF-1.7", "application/pdf")),
    ]
    shown = send(page, "say", text="dekont", files=files).text
    photo, document = sandbox.messages(person="reza")
    assert photo["caption"] == "dekont"
    fetched = page.get(f"/media/{photo['photo'][-1]['file_id']}")
    assert fetched.headers["Content-Type"] == "image/jpeg"
    fetched = page.get(f"/media/{document['document']['file_id']}")
    assert fetched.headers["Content-Disposition"] == "attachment"
    assert fetched.content == b"%PDF-1.7"
    assert "&lt;ekstre&gt;.pdf" in shown


def test_no_picture_at_all_is_said(page: httpx.Client) -> None:
    files = [("files", ("x.png", b"not a picture", "image/png"))]
    assert "That is no picture." in send(page, "say", files=files).text


def test_a_deep_link_button_opens_the_private_chat_and_starts(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    asked = sandbox.say("haoran", "zh", "提币3小时了，U还没到")
    button = {"text": "继续私聊", "url": "https://t.me/KaviraHelpBot?start=signed-1"}
    sandbox.call(
        "sendMessage", chat_id=world.CHINESE.id, text="您好", reply_markup={"inline_keyboard": [[button]]},
        reply_parameters={"message_id": asked},
    )  # fmt: skip
    assert 'value="signed-1"' in page.get("/?as=haoran&chat=zh").text
    where = {"as": "haoran", "chat": "zh", "to": "KaviraHelpBot"}
    opened = send(page, "start", **where, payload="signed-1")
    assert "chat=private" in str(opened.url)
    assert sandbox.messages(person="haoran")[0]["text"] == "/start signed-1"


def test_the_same_link_as_an_address_offers_to_start(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    shown = page.get("/t.me/KaviraHelpBot?start=abc&as=reza").text
    assert 'name="payload" value="abc"' in shown
    assert sandbox.messages(person="reza") == []
    assert page.get("/t.me/somebody?start=abc").status_code == 404


def test_blocking_and_unblocking(sandbox: SandboxProcess, page: httpx.Client) -> None:
    assert "You have blocked this bot." in send(page, "block").text
    assert sandbox.call("sendMessage", chat_id=REZA, text="x").status_code == 403
    assert "You have blocked this bot." not in send(page, "unblock").text
    assert sandbox.call("sendMessage", chat_id=REZA, text="x").status_code == 200


def test_what_the_bot_deletes_leaves_a_note(sandbox: SandboxProcess, page: httpx.Client) -> None:
    seed = sandbox.say("kofi", "en", world.SEED_KOFI)
    sandbox.say("suport", "en", "write me", reply_to=seed)
    sandbox.call("deleteMessage", chat_id=world.ENGLISH.id, message_id=seed)
    shown = page.get("/thread/?as=kofi&chat=en").text
    assert "Kavira Help deleted a message" in shown and "Deleted message" in shown
    assert "floor stairs" not in shown


def test_a_topic_shows_its_own_messages_only(sandbox: SandboxProcess, page: httpx.Client) -> None:
    sandbox.say("mehmet", "tr", "para gelmedi", thread="p2p")
    sandbox.say("leyla", "tr", "merhaba")
    assert "para gelmedi" in page.get("/thread/?as=mehmet&chat=tr&thread=p2p").text
    general = page.get("/thread/?as=mehmet&chat=tr").text
    assert "merhaba" in general and "para gelmedi" not in general


def test_the_list_follows_a_group_to_its_new_id(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    new_id = sandbox.migrate("fa")
    assert f"chat={new_id}" in page.get("/chats/?as=reza").text
    assert "This group became a supergroup" in page.get(f"/?as=reza&chat={new_id}").text


@pytest.mark.parametrize("address", ["/?as=nobody", "/?chat=nowhere", "/?chat=tr&thread=x"])
def test_nonsense_leads_to_the_beginning(page: httpx.Client, address: str) -> None:
    answer = page.get(address)
    assert answer.status_code == 200 and answer.url.query == b""


@pytest.mark.parametrize("address", ["/thread/?as=nobody", "/media/none", "/act/say", "/act/none"])
def test_nonsense_elsewhere_is_not_found(page: httpx.Client, address: str) -> None:
    assert page.get(address).status_code == 404


def test_the_policy_allows_only_our_own_files(page: httpx.Client) -> None:
    answer = page.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert " style=" not in answer.text and "<script>" not in answer.text


def test_the_stream_tells_what_happened_after_a_number(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    sandbox.say("mehmet", "tr", "first", thread="p2p")
    before = int(page.get("/").text.split('data-live="/live/?after=')[1].split('"')[0])
    sandbox.say("mehmet", "tr", "second", thread="p2p")
    with page.stream("GET", f"/live/?after={before}") as stream:
        lines = stream.iter_lines()
        data = next(line for line in lines if line.startswith("data:"))
        assert json.loads(data[5:]) == {
            "kind": "message",
            "chat": str(world.TURKISH.id),
            "thread": 7,
            "by": world.person("mehmet").id,
        }


def test_a_stream_from_another_world_is_told_to_begin_anew(page: httpx.Client) -> None:
    with page.stream("GET", "/live/", headers={"Last-Event-ID": "999999999"}) as stream:
        data = next(line for line in stream.iter_lines() if line.startswith("data:"))
        assert json.loads(data[5:]) == {"kind": "reset"}


def test_a_scene_is_played_at_its_pace_and_stopped(
    sandbox: SandboxProcess, page: httpx.Client
) -> None:
    page.post("/scenes/", data={"play": "seed-in-the-group", "speed": "60"})
    until = time.monotonic() + 10
    while len(sandbox.messages("en")) < 5 and time.monotonic() < until:
        time.sleep(0.05)
    assert "Stop" in page.get("/scenes/").text
    page.post("/scenes/", data={"stop": ""})
    said = [message.get("text") for message in sandbox.messages("en")]
    assert world.SEED_KOFI in said and len(said) < 13
    assert "Stop" not in page.get("/scenes/").text
    heard = sandbox.call("getUpdates").json()["result"]
    assert [update["message"]["text"] for update in heard] == said


def test_trouble_from_the_page(sandbox: SandboxProcess, page: httpx.Client) -> None:
    page.post("/trouble/slow")
    assert sandbox.call("sendMessage", chat_id=REZA, text="x").status_code == 429
    page.post("/trouble/reset")
    assert sandbox.messages(person="reza") == []
    assert page.post("/trouble/none").status_code == 404


def test_topics_in_private_chats_from_the_page(sandbox: SandboxProcess, page: httpx.Client) -> None:
    assert "Topics in private chats: off" in page.get("/").text
    page.post("/trouble/topics")
    assert "Topics in private chats: on" in page.get("/").text
    sandbox.call("createForumTopic", chat_id=world.person("dana").id, name="#7 a")
    shown = page.get("/?as=dana&chat=private").text
    assert "#7 a" in shown
