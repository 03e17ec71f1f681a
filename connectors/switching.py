"""From pulling to a webhook and back, without losing or doubling an update.

The service keeps what nobody has taken and hands it to whichever door opens next; what comes by both is stored once. So
the order is all: no puller runs beside a webhook, and no webhook posts before its secret is stored.
"""

from __future__ import annotations

from secrets import token_urlsafe

import structlog
from django.utils.translation import gettext as _

from connectors import looking
from connectors.errors import DoorError
from connectors.registry import door
from connectors.settling import hook_address
from helpdesk.errors import Invalid
from helpdesk.hints import send
from tickets.models import Channel

log = structlog.get_logger(__name__)

MODES = (Channel.Mode.PULL, Channel.Mode.WEBHOOK)


def switch(channel: Channel, mode: str) -> None:
    """Receive by `mode` from now on; a channel that does so already is set up anew. Raises Invalid with the reason."""
    if mode not in MODES:
        raise Invalid(_("Choose pull or webhook."))
    try:
        if mode == Channel.Mode.WEBHOOK:
            _to_webhook(channel)
        else:
            _to_pull(channel)
    except DoorError as error:
        raise Invalid(_("That did not work: %(reason)s") % {"reason": error.reason}) from None
    log.info("channel_switched", channel=channel.pk, mode=mode)
    looking.look_at(channel)


def _to_webhook(channel: Channel) -> None:
    """The puller gives up first: it sees the mode before each poll."""
    before, channel.mode = channel.mode, Channel.Mode.WEBHOOK
    channel.hook_secret = channel.hook_secret or token_urlsafe(32)
    channel.last_error = ""
    channel.save(update_fields=["mode", "hook_secret", "last_error"])
    try:
        door(channel.kind).set_hook(channel, hook_address(channel))
    except DoorError:
        # If it was set nevertheless, the puller is refused, and the next look removes it.
        channel.mode = before
        channel.save(update_fields=["mode"])
        raise


def _to_pull(channel: Channel) -> None:
    """The webhook goes first. Its secret stays: what is under way at this moment is still taken."""
    from connectors.tasks import pull_channel

    door(channel.kind).remove_hook(channel)
    channel.mode = Channel.Mode.PULL
    # Numbers may have begun anew meanwhile, and an old cursor would throw away what lies below it.
    channel.cursor = 0
    channel.last_error = ""
    channel.save(update_fields=["mode", "cursor", "last_error"])
    send(pull_channel, channel.pk)
