"""Connecting an account as a channel, or giving a channel a new token: the service is asked before anything is kept."""

from __future__ import annotations

from django.utils.translation import gettext as _

from connectors import switching
from connectors.errors import DoorError
from connectors.registry import door
from tickets.models import Channel


def add(channel: Channel, mode: str) -> None:
    """Save a new channel and receive by `mode`.

    Raises DoorError with nothing kept; Invalid when only the mode did not work: then it is there, and is pulled.
    """
    # What shall be posted to us must not be taken from whoever has the webhook before ours is set.
    channel.mode = mode
    channel.config = door(channel.kind).describe(channel)
    _refuse_twin(channel)
    channel.mode = Channel.Mode.PULL
    channel.save()
    if mode != channel.mode:
        switching.switch(channel, mode)


def _refuse_twin(channel: Channel) -> None:
    """One account in two channels: each would take the other's updates."""
    same = Channel.objects.filter(kind=channel.kind, config__id=channel.config.get("id"))
    twin = same.filter(api_base=channel.api_base).first()
    if twin:
        raise DoorError(_("This bot is connected already, as %(name)s.") % {"name": twin.name})


def replace_token(channel: Channel, token: str) -> None:
    """Keep another token of the same account. Raises DoorError with nothing changed, Invalid as `switch` does."""
    before, channel.token = channel.token, token
    try:
        config = door(channel.kind).look(channel).config
        if channel.config.get("id") not in (None, "", config["id"]):
            raise DoorError(
                _("This token is of another bot, @%(name)s. Add that one as a channel of its own.")
                % {"name": config["username"]}
            )
    except DoorError:
        channel.token = before
        raise
    channel.config, channel.last_error = config, ""
    channel.save(update_fields=["token", "config", "last_error"])
    Channel.objects.filter(pk=channel.pk, lease_owner=None).update(lease_until=None)
    if channel.mode == Channel.Mode.WEBHOOK:
        switching.switch(channel, channel.mode)
