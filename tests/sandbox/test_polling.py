"""getUpdates: what is handed out, what confirms it, who may ask."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.sandbox_process import SandboxProcess


def updates(sandbox: SandboxProcess, **params: Any) -> list[dict[str, Any]]:
    """The result of a getUpdates that must succeed."""
    answer = sandbox.call("getUpdates", **params).json()
    assert answer["ok"], answer
    result: list[dict[str, Any]] = answer["result"]
    return result


def texts(found: list[dict[str, Any]]) -> list[str]:
    """The words of message updates."""
    return [update["message"]["text"] for update in found]


def test_the_same_updates_come_again_until_an_offset_confirms_them(sandbox: SandboxProcess) -> None:
    for word in ("one", "two", "three"):
        sandbox.say("dana", "private", word)
    first = updates(sandbox)
    assert texts(first) == texts(updates(sandbox)) == ["one", "two", "three"]
    assert texts(updates(sandbox, offset=first[1]["update_id"] + 1)) == ["three"]
    assert texts(updates(sandbox)) == ["three"]


def test_update_ids_rise_by_one(sandbox: SandboxProcess) -> None:
    sandbox.say("dana", "private", "a")
    sandbox.say("haoran", "zh", "b")
    first, second = updates(sandbox)
    assert second["update_id"] == first["update_id"] + 1


def test_a_negative_offset_keeps_only_the_end(sandbox: SandboxProcess) -> None:
    for word in ("one", "two", "three"):
        sandbox.say("dana", "private", word)
    assert texts(updates(sandbox, offset=-1)) == ["three"]
    assert texts(updates(sandbox)) == ["three"]


def test_limit_is_kept_between_1_and_100(sandbox: SandboxProcess) -> None:
    for number in range(4):
        sandbox.say("dana", "private", str(number))
    assert len(updates(sandbox, limit=3)) == 3
    assert len(updates(sandbox, limit=0)) == 1
    assert len(updates(sandbox, limit=1000)) == 4


def test_a_long_poll_ends_as_soon_as_somebody_writes(sandbox: SandboxProcess) -> None:
    threading.Timer(0.3, sandbox.say, ("dana", "private", "now")).start()
    begun = time.monotonic()
    assert texts(updates(sandbox, timeout=20)) == ["now"]
    assert 0.2 < time.monotonic() - begun < 5


def test_a_long_poll_without_news_ends_empty(sandbox: SandboxProcess) -> None:
    begun = time.monotonic()
    assert updates(sandbox, timeout=1) == []
    assert time.monotonic() - begun >= 0.9


def test_a_second_poller_ends_the_first(sandbox: SandboxProcess) -> None:
    older: list[Any] = []

    def poll() -> None:
        older.append(sandbox.call("getUpdates", timeout=20))

    thread = threading.Thread(target=poll)
    thread.start()
    time.sleep(0.3)
    assert updates(sandbox, timeout=0) == []
    thread.join(5)
    assert older[0].status_code == 409
    assert (
        older[0]
        .json()["description"]
        .startswith("Conflict: terminated by other getUpdates request")
    )


def test_a_webhook_stands_in_the_way(sandbox: SandboxProcess) -> None:
    sandbox.call("setWebhook", url="https://127.0.0.1:9/hook")
    refused = sandbox.call("getUpdates")
    assert refused.status_code == 409
    assert "webhook is active" in refused.json()["description"]
    assert sandbox.call("getWebhookInfo").json()["result"]["url"] == "https://127.0.0.1:9/hook"
    sandbox.call("deleteWebhook")
    assert updates(sandbox) == []


def test_dropping_what_waits_is_only_done_on_request(sandbox: SandboxProcess) -> None:
    sandbox.say("dana", "private", "kept")
    sandbox.call("deleteWebhook")
    assert len(updates(sandbox)) == 1
    sandbox.call("deleteWebhook", drop_pending_updates=True)
    assert updates(sandbox) == []


def test_reactions_come_only_to_who_asked_and_the_wish_is_kept(sandbox: SandboxProcess) -> None:
    message = sandbox.say("dana", "private", "hello")
    sandbox.react("dana", "private", message, "👍")
    assert [set(update) - {"update_id"} for update in updates(sandbox)] == [{"message"}]
    updates(sandbox, allowed_updates=["message_reaction"])
    sandbox.react("dana", "private", message, "🙏")
    sandbox.say("dana", "private", "not asked for")
    kinds = [next(iter(set(update) - {"update_id"})) for update in updates(sandbox)]
    assert kinds == ["message", "message_reaction"]
    updates(sandbox, allowed_updates=[])
    sandbox.say("dana", "private", "asked for again")
    assert len(updates(sandbox)) == 3


def test_an_edit_comes_with_the_same_message_id(sandbox: SandboxProcess) -> None:
    message = sandbox.say("dana", "private", "frist")
    sandbox.edit("dana", "private", message, "first")
    edited = updates(sandbox)[1]["edited_message"]
    assert (edited["message_id"], edited["text"]) == (message, "first")
    assert edited["edit_date"] >= edited["date"]


def test_message_ids_collide_across_chats(sandbox: SandboxProcess) -> None:
    assert sandbox.say("dana", "private", "a") == sandbox.say("haoran", "zh", "b")


def test_ids_go_on_after_a_reset(sandbox: SandboxProcess) -> None:
    message = sandbox.say("dana", "private", "before")
    (update,) = updates(sandbox)
    sandbox.reset()
    assert updates(sandbox) == []
    assert sandbox.say("dana", "private", "after") > message
    assert updates(sandbox)[0]["update_id"] > update["update_id"]


def test_an_album_is_one_update_per_picture(sandbox: SandboxProcess, picture: bytes) -> None:
    sandbox.say("mehmet", "private", "dekont", photos=(picture, picture))
    first, second = (update["message"] for update in updates(sandbox))
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], second.get("caption")) == ("dekont", None)
    assert first["photo"][-1]["width"] == 640


def test_topics_replies_and_plain_threads(sandbox: SandboxProcess) -> None:
    asked = sandbox.say("mehmet", "tr", "para gelmedi", thread="p2p")
    sandbox.say("sunita", "tr", "which bank?", thread="p2p", reply_to=asked)
    sandbox.say("leyla", "tr", "merhaba")
    question = sandbox.say("dana", "en", "anyone?")
    sandbox.say("tomas", "en", "yes", reply_to=question)
    in_topic, reply, general, plain, chain = (update["message"] for update in updates(sandbox))
    assert (in_topic["message_thread_id"], in_topic["is_topic_message"]) == (7, True)
    assert "forum_topic_created" in in_topic["reply_to_message"]
    assert reply["reply_to_message"]["message_id"] == asked
    assert "message_thread_id" not in general and "reply_to_message" not in general
    assert "message_thread_id" not in plain
    assert chain["message_thread_id"] == question and "is_topic_message" not in chain


def test_block_and_unblock_are_told(sandbox: SandboxProcess) -> None:
    sandbox.block("dana")
    sandbox.say("dana", "private", "back again")
    blocked, unblocked, message = updates(sandbox)
    assert blocked["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert unblocked["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert message["message"]["text"] == "back again"


def test_an_upgraded_group_says_so_in_both_chats(sandbox: SandboxProcess) -> None:
    new_id = sandbox.migrate("fa")
    old, new = (update["message"] for update in updates(sandbox))
    assert old["migrate_to_chat_id"] == new["chat"]["id"] == new_id
    assert new["migrate_from_chat_id"] == old["chat"]["id"]
    assert new["chat"]["type"] == "supergroup"


def test_many_actions_in_one_request_and_what_is_told_late(sandbox: SandboxProcess) -> None:
    (asker,) = sandbox.control("strangers", count=1)
    say = {"do": "say", "person": str(asker), "chat": "private"}
    late, _second, told = sandbox.control(
        "many",
        acts=[
            {**say, "text": "first", "late": True},
            {**say, "text": "second"},
            {"do": "tell_late"},
        ],
    )
    assert told == 1
    heard = [update["message"] for update in sandbox.call("getUpdates").json()["result"]]
    assert [message["text"] for message in heard] == ["second", "first"]
    assert heard[1]["message_id"] == late[0]
