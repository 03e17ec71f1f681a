"""The two addresses of the Bot API."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from connectors.sandbox import world
from connectors.sandbox.botapi import account, changing, hooks, members, polling, sending, topics
from connectors.sandbox.botapi.call import METHODS, Call
from connectors.sandbox.botapi.errors import Refusal, too_many_requests
from connectors.sandbox.botapi.params import Params
from connectors.sandbox.cut import cut_off
from connectors.sandbox.faults import Fault
from connectors.sandbox.media import content
from connectors.sandbox.running import the_sandbox
from connectors.sandbox.stage import Sandbox

MODULES = (account, changing, hooks, members, polling, sending, topics)
"""Imported so that they register their methods."""
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")


async def call(request: HttpRequest, token: str, method: str) -> HttpResponse:
    """`/bot<token>/<method>`."""
    sandbox = the_sandbox()
    try:
        return await _answer(sandbox, request, token, method.lower())
    except Refusal as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.code)


async def _answer(sandbox: Sandbox, request: HttpRequest, token: str, name: str) -> HttpResponse:
    bot = _bot(token)
    if name not in METHODS:
        raise Refusal(404, "Not Found")
    made = Call(sandbox, bot.id, Params.of(request))
    fault = sandbox.faults.take(bot.id, name, made.params.number("chat_id"))
    note = _note(made, name, fault)
    if fault and fault.kind not in ("lost", "stall"):
        sandbox.record({**note, "status": 0})
        return await _refuse(fault)
    result = await _noted(made, name, note)
    if fault:
        return await _swallow(fault)
    return JsonResponse({"ok": True, "result": result})


async def _noted(made: Call, name: str, note: dict[str, Any]) -> Any:
    """Run the method, and put on record how it ended."""
    if name == "getupdates":
        return await METHODS[name](made)
    try:
        result = await METHODS[name](made)
    except Refusal as refusal:
        made.sandbox.record({**note, "status": refusal.code, "description": refusal.description})
        raise
    made.sandbox.record({**note, "status": 200, "messages": _message_ids(result)})
    return result


def _note(made: Call, name: str, fault: Fault | None) -> dict[str, Any]:
    words = made.params.text("text") or made.params.text("caption")
    note = {"kind": "call", "bot": made.bot_id, "method": name, "text": words}
    return {**note, "chat_id": made.params.number("chat_id"), "fault": fault.kind if fault else ""}


def _message_ids(result: Any) -> list[int]:
    found = result if isinstance(result, list) else [result]
    return [item["message_id"] for item in found if isinstance(item, dict) and "message_id" in item]


async def _refuse(fault: Fault) -> HttpResponse:
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "429":
        raise too_many_requests(fault.retry_after)
    if fault.kind == "500":
        raise Refusal(500, fault.description or "Internal Server Error")
    if fault.kind in ("400", "403"):
        raise Refusal(int(fault.kind), fault.description or "Bad Request: made up")
    return cut_off()


async def _swallow(fault: Fault) -> HttpResponse:
    if fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    return cut_off()


def _bot(token: str) -> world.Bot:
    if not _TOKEN.fullmatch(token):
        raise Refusal(404, "Not Found")
    for bot in world.BOTS:
        if secrets.compare_digest(bot.token, token):
            return bot
    raise Refusal(401, "Unauthorized")


async def download(request: HttpRequest, token: str, path: str) -> HttpResponse:
    """`/file/bot<token>/<file_path>`."""
    sandbox = the_sandbox()
    try:
        _bot(token)
        for known in sandbox.state.files.values():
            if known["file_path"] == path:
                data = content(sandbox, known["file_id"])
                return HttpResponse(data, content_type="application/octet-stream")
        raise Refusal(404, "Not Found")
    except Refusal as refusal:
        return JsonResponse(refusal.as_json(), status=refusal.code)
