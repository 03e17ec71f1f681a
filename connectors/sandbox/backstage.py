"""What the page can do that no person on a phone can: play scenes, order trouble, begin anew."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from connectors.sandbox import rooms
from connectors.sandbox.faults import Fault
from connectors.sandbox.people import NotPossible
from connectors.sandbox.player import the_player
from connectors.sandbox.running import the_sandbox
from connectors.sandbox.world import BOT

TROUBLES = {
    "slow": ("Ask the bot to wait", Fault("429", retry_after=5)),
    "broken": ("Break the next call", Fault("500")),
    "lost": ("Lose the next answer", Fault("lost", method="sendMessage")),
}
"""By key: what the button says, and what the next call of the bot then meets."""


async def scene(request: HttpRequest) -> HttpResponse:
    """GET: the scene list as a fragment. POST: `play`, `speed` or `stop`."""
    player = the_player()
    if request.method != "POST":
        return render(request, "sandbox/_scenes.html", {"player": player.status()})
    speed = str(request.POST.get("speed", ""))
    try:
        if "stop" in request.POST:
            player.stop()
        elif "play" in request.POST:
            player.play(str(request.POST["play"]), int(speed) if speed.isdigit() else 1)
        elif speed.isdigit():
            player.set_speed(int(speed))
    except NotPossible as error:
        raise Http404 from error
    return _back(request)


async def trouble(request: HttpRequest, kind: str) -> HttpResponse:
    """Arm a fault for the bot's next call, switch topics in its private chats, or begin the world anew."""
    if request.method != "POST" or kind not in (*TROUBLES, "topics", "reset"):
        raise Http404
    sandbox = the_sandbox()
    if kind == "reset":
        the_player().stop()
        sandbox.begin_anew()
    elif kind == "topics":
        rooms.set_threaded(sandbox, BOT.id, on=not sandbox.state.bots[BOT.id].threaded)
    else:
        fault = TROUBLES[kind][1]
        sandbox.faults.armed.append(
            Fault(fault.kind, method=fault.method, retry_after=fault.retry_after)
        )
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-From-Script"):
        return HttpResponse(status=204)
    target = str(request.POST.get("next", "/"))
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return HttpResponseRedirect(target if safe else "/")
