"""The chat page: somebody's phone in the middle, the people beside it, the scenes on the other side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from connectors.sandbox import media, people, world
from connectors.sandbox.backstage import TROUBLES
from connectors.sandbox.lookup import find_bot, find_person, find_spot
from connectors.sandbox.people import NotPossible, Spot
from connectors.sandbox.phone import belongs, bubbles, deep_link, rows, tone_of
from connectors.sandbox.player import the_player
from connectors.sandbox.running import the_sandbox
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.standing import why_silent
from connectors.sandbox.state import private_key

FIRST = "reza"
MARKS = {"en": "EN", "zh": "中", "fa": "FA", "tr": "TR"}
EMOJI = ("👍", "🙏", "❤", "😢")


async def home(request: HttpRequest) -> HttpResponse:
    """The whole page. `as` says who holds the phone, `chat` and `thread` what it shows; `list=1` shows the chats."""
    sandbox = the_sandbox()
    try:
        person, spot = where(sandbox, request.GET)
    except NotPossible:
        return HttpResponseRedirect("/")
    return render(request, "sandbox/page.html", _context(sandbox, request, person, spot))


async def thread(request: HttpRequest) -> HttpResponse:
    """Only the bubbles, for the live page."""
    sandbox = the_sandbox()
    try:
        person, spot = where(sandbox, request.GET)
    except NotPossible as error:
        raise Http404 from error
    return render(request, "sandbox/_thread.html", _thread_context(sandbox, request, person, spot))


async def chats(request: HttpRequest) -> HttpResponse:
    """Only the list of chats, for the live page."""
    sandbox = the_sandbox()
    try:
        person, _ = where(sandbox, request.GET)
    except NotPossible as error:
        raise Http404 from error
    return render(request, "sandbox/_chats.html", {"rows": rows(sandbox.state, person)})


def where(sandbox: Sandbox, given: Any) -> tuple[world.Person, Spot]:
    """Who holds the phone, and what it shows. Raises NotPossible."""
    person = find_person(sandbox.state, given.get("as") or FIRST)
    spot = find_spot(
        sandbox.state,
        given.get("chat") or "private",
        person,
        given.get("thread") or 0,
        given.get("bot"),
    )
    return person, spot


def _context(
    sandbox: Sandbox, request: HttpRequest, person: world.Person, spot: Spot
) -> dict[str, Any]:
    chat = spot.chat
    bot_id = chat.bot_id
    topic = chat.topics.get(spot.thread, "General" if chat.topics else "")
    return {
        **_thread_context(sandbox, request, person, spot),
        "shelves": shelves(),
        "rows": rows(sandbox.state, person),
        "listing": request.GET.get("list") == "1",
        "topic": topic,
        "title": sandbox.state.bots[bot_id].bot.name if bot_id else chat.title,
        "bot": sandbox.state.bots[bot_id].bot if bot_id else None,
        "blocked": (bot_id, person.id) in sandbox.state.blocked,
        "unstarted": bool(bot_id) and (bot_id, person.id) not in sandbox.state.started,
        "silent": why_silent(sandbox.state, chat, person),
        "payload": request.GET.get("start", ""),
        "troubles": [(key, label) for key, (label, _) in TROUBLES.items()],
        "player": the_player().status(),
        "threaded": sandbox.state.bots[world.BOT.id].threaded,
        "error": request.GET.get("error", ""),
        "number": sandbox.number,
        "site_url": settings.SITE_URL,
        "exchange": world.EXCHANGE,
    }


def _thread_context(
    sandbox: Sandbox, request: HttpRequest, person: world.Person, spot: Spot
) -> dict[str, Any]:
    return {
        "person": person,
        "person_tone": tone_of(person.id),
        "chat": spot.chat,
        "spot": spot,
        "place": place_query(person, spot),
        "bubbles": bubbles(sandbox.state, person, spot),
        "emoji": EMOJI,
    }


def place_query(person: world.Person, spot: Spot) -> str:
    """The query string that leads here again."""
    fields: dict[str, str] = {"as": person.key}
    if spot.chat.kind == "private":
        fields |= {"chat": "private", "bot": find_bot(spot.chat.bot_id).key}
    else:
        fields["chat"] = spot.chat.key
    if spot.thread:
        fields["thread"] = str(spot.thread)
    return urlencode(fields)


@dataclass(frozen=True)
class Face:
    """A person beside the phone. `chat` is the key of their private chat, where news for them arrives."""

    person: world.Person
    tone: int
    place: str
    mark: str
    chat: str


@cache
def shelves() -> tuple[tuple[str, tuple[Face, ...]], ...]:
    """The people by kind, under headings."""
    kinds: tuple[tuple[str, Iterable[world.Person]], ...] = (
        ("Customers", (p for p in world.CAST if p.kind == "requester")),
        ("In the groups", (p for p in world.CAST if p.kind != "requester")),
        ("Staff, on their own phones", world.STAFF),
        ("Everybody else", world.crowd()),
    )
    return tuple((heading, tuple(_face(person) for person in shelf)) for heading, shelf in kinds)


def _face(person: world.Person) -> Face:
    chat = private_key(world.BOT.id, person.id)
    return Face(person, tone_of(person.id), first_place(person), MARKS[person.language], chat)


def first_place(person: world.Person) -> str:
    """Where a person's phone opens: with the bot if they have started it, else in their first group."""
    groups = [group.key for group in world.GROUPS if belongs(person, group)]
    chat = "private" if person.started or not groups else groups[0]
    return urlencode({"as": person.key, "chat": chat})


async def open_link(request: HttpRequest, bot: str) -> HttpResponse:
    """`/t.me/<bot>?start=<payload>`, what https://t.me/... means here: the bot's chat, with its Start button."""
    username, payload = deep_link(f"https://t.me/{bot}?{request.GET.urlencode()}")
    if not username:
        raise Http404
    fields = {"as": request.GET.get("as") or FIRST, "chat": "private", "bot": username}
    return HttpResponseRedirect(f"/?{urlencode({**fields, 'start': payload})}")


async def picture(request: HttpRequest, file_id: str) -> HttpResponse:
    """A photo to show, or a document to download."""
    sandbox = the_sandbox()
    try:
        data = media.content(sandbox, file_id)
    except (KeyError, OSError) as error:
        raise Http404 from error
    if sandbox.state.files[file_id]["file_path"].startswith("photos/"):
        return HttpResponse(data, content_type="image/jpeg")
    headers = {"Content-Disposition": "attachment"}
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)


async def act(request: HttpRequest, deed: str) -> HttpResponse:
    """Do something as the person; then back to the place. A refusal is shown there, the page's script gets 422."""
    if request.method != "POST" or deed not in DEEDS:
        raise Http404
    sandbox = the_sandbox()
    try:
        person, spot = where(sandbox, request.POST)
    except NotPossible as error:
        raise Http404 from error
    try:
        target = DEEDS[deed](sandbox, person, spot, request) or place_query(person, spot)
    except (NotPossible, media.NotAPicture) as error:
        return _refused(request, place_query(person, spot), str(error) or "That is no picture.")
    if request.headers.get("X-From-Script"):
        return HttpResponse(status=204)
    return HttpResponseRedirect(f"/?{target}")


def _refused(request: HttpRequest, place: str, reason: str) -> HttpResponse:
    if request.headers.get("X-From-Script"):
        return HttpResponse(reason, status=422, content_type="text/plain; charset=utf-8")
    return HttpResponseRedirect(f"/?{place}&{urlencode({'error': reason})}")


def _number(request: HttpRequest, name: str) -> int:
    value = str(request.POST.get(name, ""))
    return int(value) if value.isdigit() else 0


def _say(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> None:
    words = str(request.POST.get("text", "")).replace("\r\n", "\n")
    edited = _number(request, "edit")
    if edited:
        people.edit(sandbox, person, spot.chat, edited, words)
        return
    uploads = tuple(
        people.Upload(file.read(), file.name or "", file.content_type or "", _is_picture(file))
        for file in request.FILES.getlist("files")
        if file.size
    )
    people.say(sandbox, person, spot, words, reply_to=_number(request, "reply_to"), uploads=uploads)


def _is_picture(file: Any) -> bool:
    return str(file.content_type) in ("image/png", "image/jpeg", "image/webp", "image/gif")


def _delete(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> None:
    people.delete(sandbox, person, spot.chat, _number(request, "message"))


def _react(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> None:
    emoji = str(request.POST.get("emoji", ""))
    people.react(
        sandbox, person, spot.chat, _number(request, "message"), emoji if emoji in EMOJI else ""
    )


def _press(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> None:
    data = str(request.POST.get("data", ""))
    people.press(sandbox, person, spot.chat, _number(request, "message"), data)


def _start(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> str:
    """Tap a deep link: the private chat opens, and /start with the payload is sent there."""
    bot = find_bot(request.POST.get("to") or spot.chat.bot_id)
    people.start(sandbox, person, bot.id, str(request.POST.get("payload", "")))
    return place_query(person, Spot(sandbox.state.private(bot.id, person.id)))


def _block(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> None:
    people.block(sandbox, person, spot.chat.bot_id or world.BOT.id)


def _unblock(sandbox: Sandbox, person: world.Person, spot: Spot, request: HttpRequest) -> None:
    people.open_private(sandbox, person, spot.chat.bot_id or world.BOT.id)


DEEDS = {
    "say": _say,
    "delete": _delete,
    "react": _react,
    "press": _press,
    "start": _start,
    "block": _block,
    "unblock": _unblock,
}
