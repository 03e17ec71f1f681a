"""Going on in a chat: a link for whoever holds the request's own link, for a few minutes and one use."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from helpdesk.crypto import new_token, token_hash
from tickets.models import FORM, Channel, PrivateInvitation, Ticket
from tickets.transport import transport_for

LASTS = timedelta(minutes=15)
CHAT = "telegram"


def chat_channel(ticket: Ticket) -> Channel | None:
    """The bot that can take the request over, the own team's before others'; None without one."""
    channels = Channel.objects.filter(kind=CHAT, is_active=True).exclude(config__username=None)
    return min(channels, key=lambda each: (each.team_id != ticket.team_id, each.pk), default=None)


def went_on(ticket: Ticket) -> bool:
    """Whether its requester is known by more than the form."""
    return ticket.requester.identities.exclude(kind=FORM).exists()


def invite(ticket: Ticket, channel: Channel) -> str:
    """A deep link into the bot; an earlier one that nobody has used is void from now on. Empty if there is none."""
    token = new_token()
    with transaction.atomic():
        PrivateInvitation.objects.filter(ticket=ticket, identity=None, used_at=None).delete()
        PrivateInvitation.objects.create(
            token_hash=token_hash(token), ticket=ticket, expires_at=timezone.now() + LASTS
        )
    return transport_for(channel.access).deep_link(token)
