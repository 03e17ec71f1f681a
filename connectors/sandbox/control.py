"""`/control/<action>`: the hand behind the scenes, for tests. JSON in, JSON out; only from this machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from connectors.sandbox import people, rooms
from connectors.sandbox.faults import FAULT_KINDS, Fault
from connectors.sandbox.ledger import Ledger
from connectors.sandbox.lookup import find_bot, find_chat, find_person, find_spot
from connectors.sandbox.people import NotPossible, Upload
from connectors.sandbox.running import the_sandbox
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import Chat, Json

Action = Callable[[Sandbox, Json], Any]
STRANGERS = 8_000_000_000


async def control(request: HttpRequest, action: str) -> HttpResponse:
    """Run one action. 404 for an unknown one, 400 with the reason for one that cannot be done."""
    if action not in ACTIONS:
        return JsonResponse({"error": "unknown action"}, status=404)
    try:
        given = json.loads(request.body or b"{}")
        result = ACTIONS[action](the_sandbox(), {**dict(request.GET.items()), **given})
    except (NotPossible, KeyError, TypeError, ValueError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"result": result})


def _place(sandbox: Sandbox, given: Json) -> Chat:
    person = find_person(sandbox.state, given["person"]) if given.get("person") else None
    return find_chat(sandbox.state, given.get("chat", "private"), person, given.get("bot"))


def _say(sandbox: Sandbox, given: Json) -> list[int]:
    person = find_person(sandbox.state, given["person"])
    spot = find_spot(
        sandbox.state,
        given.get("chat", "private"),
        person,
        given.get("thread", 0),
        given.get("bot"),
    )
    if given.get("content"):
        return [people.service(sandbox, person, spot, given["content"])]
    uploads = tuple(_upload(file) for file in given.get("files", []))
    words, reply_to = given.get("text", ""), int(given.get("reply_to") or 0)
    late = bool(given.get("late"))
    return people.say(sandbox, person, spot, words, reply_to=reply_to, uploads=uploads, late=late)


def _upload(given: Json) -> Upload:
    data = base64.b64decode(given["data"])
    return Upload(data, given.get("name", ""), given.get("type", ""), bool(given.get("photo")))


def _edit(sandbox: Sandbox, given: Json) -> None:
    person = find_person(sandbox.state, given["person"])
    people.edit(sandbox, person, _place(sandbox, given), int(given["message_id"]), given["text"])


def _delete(sandbox: Sandbox, given: Json) -> None:
    person = find_person(sandbox.state, given["person"])
    people.delete(sandbox, person, _place(sandbox, given), int(given["message_id"]))


def _react(sandbox: Sandbox, given: Json) -> None:
    person, chat = find_person(sandbox.state, given["person"]), _place(sandbox, given)
    people.react(sandbox, person, chat, int(given["message_id"]), given.get("emoji", ""))


def _press(sandbox: Sandbox, given: Json) -> None:
    person, chat = find_person(sandbox.state, given["person"]), _place(sandbox, given)
    people.press(sandbox, person, chat, int(given["message_id"]), given["data"])


def _start(sandbox: Sandbox, given: Json) -> int:
    person, bot = find_person(sandbox.state, given["person"]), find_bot(given.get("bot"))
    return people.start(sandbox, person, bot.id, given.get("payload", ""))


def _block(sandbox: Sandbox, given: Json) -> None:
    bot = find_bot(given.get("bot"))
    people.block(sandbox, find_person(sandbox.state, given["person"]), bot.id)


def _unblock(sandbox: Sandbox, given: Json) -> None:
    bot = find_bot(given.get("bot"))
    people.open_private(sandbox, find_person(sandbox.state, given["person"]), bot.id)


def _deactivate(sandbox: Sandbox, given: Json) -> None:
    rooms.deactivate(sandbox, find_person(sandbox.state, given["person"]))


def _role(sandbox: Sandbox, given: Json) -> None:
    bot, chat = find_bot(given.get("bot")), _place(sandbox, given)
    rights = {name: bool(given.get(name)) for name in ("may_delete", "may_restrict")}
    rooms.set_role(sandbox, bot.id, chat, given.get("status", "member"), **rights)


def _kick(sandbox: Sandbox, given: Json) -> None:
    _role(sandbox, {**given, "status": "kicked"})


def _migrate(sandbox: Sandbox, given: Json) -> int:
    return rooms.migrate(sandbox, _place(sandbox, given)).id


def _topic(sandbox: Sandbox, given: Json) -> None:
    chat = _place(sandbox, given)
    rooms.set_topic(sandbox, chat, int(given["thread"]), given.get("title", ""))


def _threaded(sandbox: Sandbox, given: Json) -> None:
    rooms.set_threaded(sandbox, find_bot(given.get("bot")).id, on=bool(given["on"]))


def _fault(sandbox: Sandbox, given: Json) -> None:
    fault = Fault(**{**given, "kind": str(given["kind"])})
    if fault.kind not in FAULT_KINDS:
        raise NotPossible(f"A fault is one of {', '.join(FAULT_KINDS)}.")
    sandbox.faults.armed.append(fault)


def _clear(sandbox: Sandbox, given: Json) -> None:
    sandbox.faults.clear()
    sandbox.limits.forget()


def _limits(sandbox: Sandbox, given: Json) -> None:
    sandbox.limits.on = bool(given["on"])


def _replay(sandbox: Sandbox, given: Json) -> None:
    sandbox.faults.replay_rate = float(given["rate"])


def _duplicate(sandbox: Sandbox, given: Json) -> list[int]:
    """Hand the newest updates out again: under the same id, or with `renumber` under a new one."""
    bot = sandbox.state.bots[find_bot(given.get("bot")).id]
    last = sandbox.recent_updates(bot.bot.id, int(given.get("last", 1)))
    for update in last:
        if given.get("renumber"):
            again = {**update, "update_id": bot.next_update}
            sandbox.record({"kind": "update", "bot": bot.bot.id, "update": again})
        else:
            sandbox.faults.repeat(bot.bot.id, update)
    sandbox.wake()
    return [update["update_id"] for update in last]


def _tell_late(sandbox: Sandbox, given: Json) -> int:
    return people.tell_late(sandbox)


def _strangers(sandbox: Sandbox, given: Json) -> list[int]:
    """More people: their numeric ids, by which they speak."""
    ids = [STRANGERS + number for number in range(int(given["count"]))]
    sandbox.record(*({"kind": "person", "id": number} for number in ids))
    return ids


def _many(sandbox: Sandbox, given: Json) -> list[Any]:
    """Several actions in one request, in order: thousands of requests would be slower than the bot."""
    return [ACTIONS[each["do"]](sandbox, each) for each in given["acts"]]


def _messages(sandbox: Sandbox, given: Json) -> list[Json]:
    return list(_place(sandbox, given).messages.values())


def _ledger(sandbox: Sandbox, given: Json) -> Json:
    return Ledger.at(sandbox.path).as_json()


def _reset(sandbox: Sandbox, given: Json) -> None:
    sandbox.begin_anew()


ACTIONS: dict[str, Action] = {
    "say": _say,
    "tell_late": _tell_late,
    "strangers": _strangers,
    "many": _many,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "press": _press,
    "start": _start,
    "block": _block,
    "unblock": _unblock,
    "deactivate": _deactivate,
    "role": _role,
    "kick": _kick,
    "migrate": _migrate,
    "topic": _topic,
    "threaded": _threaded,
    "fault": _fault,
    "clear": _clear,
    "limits": _limits,
    "replay": _replay,
    "duplicate": _duplicate,
    "messages": _messages,
    "ledger": _ledger,
    "reset": _reset,
}
