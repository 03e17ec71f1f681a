"""The webhook as it should be: what we left half done is finished, somebody else's is only told of."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.urls import reverse

from connectors.errors import DoorError
from connectors.found import Found
from connectors.models import Hook
from connectors.registry import door
from tickets.models import Channel

log = structlog.get_logger(__name__)


def hook_address(channel: Channel) -> str:
    """Where the service shall post this channel's updates."""
    return settings.SITE_URL.rstrip("/") + _path(channel)


def _path(channel: Channel) -> str:
    return reverse("connectors:hook", args=[channel.key])


def settle(channel: Channel, found: Found) -> Hook:
    """Finish a switch that broke off; whose webhook there is then."""
    # Anew: a switch may be under way. What this look then gets wrong, the next one mends.
    channel.refresh_from_db(fields=["mode", "hook_secret"])
    whose = _whose(channel, found.hook_url)
    try:
        if whose != Hook.FOREIGN:
            return _mended(channel, found.hook_url) or whose
    except DoorError as error:
        log.warning("webhook_not_settled", channel=channel.pk, reason=error.reason)
    return whose


def _whose(channel: Channel, url: str) -> Hook:
    """The key in the path is known to nobody else; the host may have been another one when it was set."""
    if not url:
        return Hook.NONE
    return Hook.OURS if url.endswith(_path(channel)) else Hook.FOREIGN


def _mended(channel: Channel, url: str) -> Hook | None:
    address = hook_address(channel)
    if channel.mode == Channel.Mode.WEBHOOK and url != address:
        door(channel.kind).set_hook(channel, address)
        log.warning("webhook_set_again", channel=channel.pk)
        return Hook.OURS
    if channel.mode == Channel.Mode.PULL and url:
        door(channel.kind).remove_hook(channel)
        log.warning("webhook_removed", channel=channel.pk)
        return Hook.NONE
    return None
