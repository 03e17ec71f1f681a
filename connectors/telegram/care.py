"""How a bot stands with Telegram: who it is, its webhook, its rights in a group."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from connectors.errors import DoorError
from connectors.found import Found, Rights
from connectors.telegram import pull
from connectors.telegram.api import DEFAULT_BASE
from connectors.telegram.asking import asking
from connectors.telegram.fields import mapping, moment, number, text_of
from tickets.models import Channel

HOOK_PORTS = (443, 80, 88, 8443)
CONNECTIONS = 40


def describe(channel: Channel) -> dict[str, Any]:
    """Asks the bot who it is. If it shall be pulled, a webhook is removed: it would keep every update from us."""
    with asking(channel) as api:
        found = pull.describe(api)
        if found["has_webhook"] and channel.mode == Channel.Mode.PULL:
            pull.delete_webhook(api)
        return found


def look(channel: Channel) -> Found:
    """Asks, and changes nothing."""
    with asking(channel) as api:
        config, hook = pull.account(api), pull.webhook(api)
    return Found(
        config=config,
        hook_url=text_of(hook.get("url")),
        hook_error=text_of(hook.get("last_error_message"), 200),
        hook_error_at=moment(hook.get("last_error_date")),
        waiting=max(0, min(number(hook.get("pending_update_count")) or 0, 2**31 - 1)),
    )


def set_hook(channel: Channel, url: str) -> None:
    """Have updates posted there, with the channel's secret. What waits is kept."""
    _check(channel, url)
    params = {
        "url": url,
        "secret_token": channel.hook_secret,
        "allowed_updates": pull.ALLOWED_UPDATES,
        "max_connections": CONNECTIONS,
        "drop_pending_updates": False,
    }
    with asking(channel) as api:
        api.call("setWebhook", params)


def _check(channel: Channel, url: str) -> None:
    """A Bot API server of one's own takes any address; Telegram's gives reasons that nobody understands."""
    if (channel.access.api_base or DEFAULT_BASE) != DEFAULT_BASE:
        return
    parts = urlsplit(url)
    if parts.scheme != "https" or (parts.port or 443) not in HOOK_PORTS:
        raise DoorError(
            _("Telegram posts to https only, on port 443, 80, 88 or 8443. SITE_URL is %(address)s.")
            % {"address": f"{parts.scheme}://{parts.netloc}"}
        )


def remove_hook(channel: Channel) -> None:
    """What waits is kept for the first pull."""
    with asking(channel) as api:
        pull.delete_webhook(api)


def rights(channel: Channel, chat: str) -> Rights:
    """What the bot is in this group."""
    with asking(channel) as api:
        params = {"chat_id": chat, "user_id": channel.config.get("id")}
        member = mapping(api.call("getChatMember", params))
    status = text_of(member.get("status"), 16)
    is_owner = status == "creator"
    return Rights(
        status,
        may_delete=is_owner or member.get("can_delete_messages") is True,
        may_restrict=is_owner or member.get("can_restrict_members") is True,
    )
