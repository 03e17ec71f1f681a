"""What a bot may send where, and how Telegram says no."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess

DANA = world.person("dana").id
HAORAN = world.person("haoran").id


def send(sandbox: SandboxProcess, chat_id: int = DANA, text: str = "hi", **more: Any) -> Any:
    """The result of a sendMessage that must succeed."""
    answer = sandbox.call("sendMessage", chat_id=chat_id, text=text, **more).json()
    assert answer["ok"], answer
    return answer["result"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and words of a call that must fail."""
    body = answer.json()
    assert body["ok"] is False and body["error_code"] == answer.status_code
    return answer.status_code, body["description"]


def test_every_way_of_passing_parameters(sandbox: SandboxProcess) -> None:
    url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    with httpx.Client(trust_env=False) as http:
        http.get(url, params={"chat_id": DANA, "text": "query"})
        http.post(url, data={"chat_id": DANA, "text": "form"})
        http.post(url, json={"chat_id": DANA, "text": "json"})
        http.post(url, data={"chat_id": str(DANA)}, files={"text": (None, "multipart")})
    assert sandbox.bot_texts(person="dana") == ["query", "form", "json", "multipart"]


@pytest.mark.parametrize(
    ("token", "method", "expected"),
    [
        ("nonsense", "getMe", (404, "Not Found")),
        (f"1:{'x' * 35}", "getMe", (401, "Unauthorized")),
        (world.BOT.token, "sendNothing", (404, "Not Found")),
    ],
)
def test_tokens_and_methods(
    sandbox: SandboxProcess, token: str, method: str, expected: tuple[int, str]
) -> None:
    assert refusal(sandbox.call(method, token=token)) == expected


def test_method_names_in_any_case(sandbox: SandboxProcess) -> None:
    assert sandbox.call("GETME").json()["result"]["username"] == "KaviraHelpBot"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n", "message text is empty"),
        ("x" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
    ],
)
def test_lengths_count_utf16_units(sandbox: SandboxProcess, text: str, words: str) -> None:
    answer = sandbox.call("sendMessage", chat_id=DANA, text=text)
    assert refusal(answer) == (400, f"Bad Request: {words}")


def test_the_longest_text_goes(sandbox: SandboxProcess) -> None:
    assert send(sandbox, text="😀" * 2048)["text"] == "😀" * 2048


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({"type": "bold", "offset": 0, "length": 99}, "ends after the end of the text"),
        ({"type": "bold", "offset": 1, "length": 2}, "middle of a UTF-16 symbol"),
        ({"type": "bold"}, "can't parse MessageEntity"),
    ],
)
def test_wrong_entities(sandbox: SandboxProcess, entity: dict[str, Any], words: str) -> None:
    answer = sandbox.call("sendMessage", chat_id=DANA, text="😀 hello", entities=[entity])
    code, description = refusal(answer)
    assert code == 400 and words in description


def test_entities_and_buttons_stay_on_the_message(sandbox: SandboxProcess) -> None:
    bold = {"type": "bold", "offset": 3, "length": 5}
    link = {"text": "Go on in private", "url": "https://t.me/KaviraHelpBot?start=abc"}
    made = send(
        sandbox, text="😀 hello", entities=[bold], reply_markup={"inline_keyboard": [[link]]}
    )
    assert made["entities"] == [bold]
    assert made["reply_markup"]["inline_keyboard"] == [[link]]


@pytest.mark.parametrize(
    "button",
    [
        {"text": "", "url": "https://t.me/x"},
        {"text": "x", "url": "javascript:alert(1)"},
        {"text": "x", "url": "http://localhost/x"},
        {"text": "x", "callback_data": "y" * 65},
    ],
)
def test_wrong_buttons(sandbox: SandboxProcess, button: dict[str, str]) -> None:
    markup = {"inline_keyboard": [[button]]}
    answer = sandbox.call("sendMessage", chat_id=DANA, text="x", reply_markup=markup)
    assert refusal(answer)[0] == 400


def test_a_reply_to_what_is_gone(sandbox: SandboxProcess) -> None:
    gone: dict[str, Any] = {"message_id": 1}
    answer = sandbox.call("sendMessage", chat_id=DANA, text="x", reply_parameters=gone)
    assert refusal(answer) == (400, "Bad Request: message to be replied not found")
    made = send(sandbox, reply_parameters={**gone, "allow_sending_without_reply": True})
    assert "reply_to_message" not in made


def test_a_reply_quotes_its_message(sandbox: SandboxProcess) -> None:
    asked = sandbox.say("dana", "private", "where is it?")
    made = send(sandbox, reply_parameters={"message_id": asked})
    assert made["reply_to_message"]["text"] == "where is it?"


def test_a_topic_that_is_gone(sandbox: SandboxProcess) -> None:
    turkish = world.TURKISH.id
    assert send(sandbox, turkish, message_thread_id=7)["message_thread_id"] == 7
    sandbox.delete_topic("tr", 7)
    answer = sandbox.call("sendMessage", chat_id=turkish, text="x", message_thread_id=7)
    assert refusal(answer) == (400, "Bad Request: message thread not found")


def test_people_who_cannot_be_written_to(sandbox: SandboxProcess) -> None:
    def told(chat_id: int) -> tuple[int, str]:
        return refusal(sandbox.call("sendMessage", chat_id=chat_id, text="x"))

    assert told(12345) == (400, "Bad Request: chat not found")
    assert told(HAORAN) == (400, "Bad Request: chat not found")
    sandbox.say("haoran", "zh", "提币3小时了，U还没到")
    assert told(HAORAN) == (403, "Forbidden: bot can't initiate conversation with a user")
    sandbox.start_bot("haoran", "payload")
    assert send(sandbox, HAORAN)
    sandbox.block("haoran")
    assert told(HAORAN) == (403, "Forbidden: bot was blocked by the user")
    sandbox.unblock("haoran")
    assert send(sandbox, HAORAN)
    sandbox.control("deactivate", person="haoran")
    assert told(HAORAN) == (403, "Forbidden: user is deactivated")


def test_groups_that_cannot_be_written_to(sandbox: SandboxProcess) -> None:
    sandbox.kick("zh")
    answer = sandbox.call("sendMessage", chat_id=world.CHINESE.id, text="x")
    assert refusal(answer) == (403, "Forbidden: bot was kicked from the supergroup chat")
    new_id = sandbox.migrate("fa")
    answer = sandbox.call("sendMessage", chat_id=world.PERSIAN.id, text="x")
    assert refusal(answer)[1] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer.json()["parameters"] == {"migrate_to_chat_id": new_id}
    assert send(sandbox, new_id)["chat"]["type"] == "supergroup"


def test_deleting_in_groups_needs_the_right(sandbox: SandboxProcess) -> None:
    def delete(chat_id: int, message_id: int) -> httpx.Response:
        return sandbox.call("deleteMessage", chat_id=chat_id, message_id=message_id)

    english = sandbox.say("kofi", "en", world.SEED_KOFI)
    chinese = sandbox.say("haoran", "zh", "你好")
    assert delete(world.ENGLISH.id, english).json()["result"] is True
    assert refusal(delete(world.ENGLISH.id, english))[1].endswith("message to delete not found")
    assert refusal(delete(world.CHINESE.id, chinese))[1].endswith("message can't be deleted")
    own = send(sandbox, world.CHINESE.id)["message_id"]
    assert delete(world.CHINESE.id, own).json()["result"] is True
    assert [m["message_id"] for m in sandbox.messages("zh")] == [chinese]


def test_many_are_deleted_and_missing_ones_skipped(sandbox: SandboxProcess) -> None:
    ids = [sandbox.say("kofi", "en", word) for word in ("a", "b")]
    answer = sandbox.call("deleteMessages", chat_id=world.ENGLISH.id, message_ids=[*ids, 1])
    assert answer.json()["result"] is True
    assert sandbox.messages("en") == []


def test_reactions(sandbox: SandboxProcess) -> None:
    def react(message_id: int, *emoji: str) -> httpx.Response:
        marks = [{"type": "emoji", "emoji": mark} for mark in emoji]
        where: dict[str, Any] = {"chat_id": DANA, "message_id": message_id}
        return sandbox.call("setMessageReaction", **where, reaction=marks)

    message = sandbox.say("dana", "private", "thanks")
    assert react(message, "👍").json()["result"] is True
    assert refusal(react(message, "🦄"))[1] == "Bad Request: REACTION_INVALID"
    assert refusal(react(1, "👍"))[1] == "Bad Request: message to react not found"


def test_editing_a_text_of_its_own(sandbox: SandboxProcess) -> None:
    made = send(sandbox, text="Hllo")
    where: dict[str, Any] = {"chat_id": DANA, "message_id": made["message_id"]}
    assert sandbox.call("editMessageText", **where, text="Hello").json()["result"]["edit_date"]
    same = sandbox.call("editMessageText", **where, text="Hello")
    assert refusal(same)[1] == "Bad Request: message is not modified"
    assert sandbox.bot_texts(person="dana") == ["Hello"]


def upload(sandbox: SandboxProcess, method: str, files: Any, **data: str) -> httpx.Response:
    """A multipart call."""
    url = f"{sandbox.url}/bot{sandbox.token}/{method}"
    form = {"chat_id": str(DANA), **data}
    return httpx.post(url, data=form, files=files, timeout=30, trust_env=False)


def test_pictures_and_files_go_there_and_back(sandbox: SandboxProcess, picture: bytes) -> None:
    photo = upload(sandbox, "sendPhoto", {"photo": picture}, caption="see").json()["result"]
    assert photo["photo"][-1]["width"] == 640 and photo["caption"] == "see"
    document = upload(
        sandbox, "sendDocument", {"document": ("ekstre.pdf", b"%PDF-1.7", "application/pdf")}
    ).json()["result"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("ekstre.pdf", "application/pdf")
    known = sandbox.call("getFile", file_id=document["file_id"]).json()["result"]
    url = f"{sandbox.url}/file/bot{sandbox.token}/{known['file_path']}"
    assert httpx.get(url, trust_env=False).content == b"%PDF-1.7"
    again = sandbox.call("sendDocument", chat_id=DANA, document=document["file_id"])
    assert again.json()["result"]["document"] == document


def test_an_album(sandbox: SandboxProcess, picture: bytes) -> None:
    media = [{"type": "photo", "media": f"attach://{n}", "caption": n} for n in ("a", "b")]
    files = {"a": picture, "b": picture}
    answer = upload(sandbox, "sendMediaGroup", files, media=json.dumps(media)).json()
    assert len({item["media_group_id"] for item in answer["result"]}) == 1
    assert [item["caption"] for item in answer["result"]] == ["a", "b"]
    lonely = upload(sandbox, "sendMediaGroup", {"a": picture}, media=json.dumps(media[:1]))
    assert refusal(lonely)[1] == "Bad Request: too few messages to send as an album"


def test_files_that_are_refused(sandbox: SandboxProcess, picture: bytes) -> None:
    def words(method: str, files: Any, **data: str) -> str:
        return refusal(upload(sandbox, method, files, **data))[1]

    assert words("sendPhoto", {"photo": b"no picture"}) == "Bad Request: IMAGE_PROCESS_FAILED"
    assert words("sendDocument", {"document": b""}) == "Bad Request: file must be non-empty"
    large = {"photo": bytes(10 * 1024 * 1024 + 1)}
    assert "is too big for a photo" in words("sendPhoto", large)
    long = words("sendPhoto", {"photo": picture}, caption="x" * 1025)
    assert long == "Bad Request: message caption is too long"


def test_a_large_file_cannot_be_fetched(sandbox: SandboxProcess) -> None:
    data = bytes(20 * 1024 * 1024 + 1)
    made = upload(sandbox, "sendDocument", {"document": ("big.bin", data)}).json()["result"]
    answer = sandbox.call("getFile", file_id=made["document"]["file_id"])
    assert refusal(answer) == (400, "Bad Request: file is too big")


def test_a_tapped_button_calls_back_and_must_be_answered(sandbox: SandboxProcess) -> None:
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    made = send(sandbox, reply_markup=markup)
    sandbox.control(
        "press", person="dana", chat="private", message_id=made["message_id"], data="yes"
    )
    (update,) = sandbox.call("getUpdates").json()["result"]
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("yes", DANA)
    answer = sandbox.call("answerCallbackQuery", callback_query_id=query["id"])
    assert answer.json()["result"] is True
    assert refusal(sandbox.call("answerCallbackQuery", callback_query_id="1"))[0] == 400


def test_what_the_bot_can_learn_of_a_group(sandbox: SandboxProcess) -> None:
    turkish = world.TURKISH.id
    chat = sandbox.call("getChat", chat_id=turkish).json()["result"]
    assert (chat["type"], chat["is_forum"], chat["title"]) == ("supergroup", True, "Kavira Türkiye")
    assert sandbox.call("getChatMemberCount", chat_id=turkish).json()["result"] == 12_480
    own: dict[str, Any] = {"chat_id": turkish, "user_id": world.BOT.id}
    member = sandbox.call("getChatMember", **own).json()["result"]
    assert (member["status"], member["can_delete_messages"]) == ("administrator", True)
