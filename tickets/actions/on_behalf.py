"""Opening a ticket for somebody who has not asked here: a colleague or a program knows that they need help."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import readings
from accounts import capabilities
from accounts.models import User
from helpdesk.errors import Invalid
from tickets.actions.opening import open_ticket, subject_of
from tickets.actions.reply import check_text, note
from tickets.models import FORM, Channel, Contact, Conversation, ConversationKind, Ticket


def open_on_behalf(
    *,
    actor: User,
    channel: Channel,
    requester: Contact,
    text: str,
    subject: str = "",
    topic_slug: str = "",
    priority: str = "",
    submission: str | None = None,
) -> Ticket:
    """A ticket of the channel's team for a known contact, who can be answered there in private.

    The text is a note: the requester has not said it, and is not told of it. The clocks run from now. Raises
    NotAllowed, and Invalid for a contact without a private chat in this channel.
    """
    capabilities.require(actor, capabilities.TICKET_OPEN, channel.team_id)
    text = check_text(text)
    with transaction.atomic():
        # As at intake: of two openings for one person the second sees the first.
        Contact.objects.select_for_update().get(pk=requester.pk)
        ticket = open_ticket(
            channel=channel,
            conversation=_private_chat(channel, requester),
            requester=requester,
            reading=readings.read(text, prior=requester.language),
            subject=subject or subject_of(text, channel),
            at=timezone.now(),
            topic_slug=topic_slug,
            priority=priority,
        )
        ticket.excerpt = " ".join(text.split())[:160]
        ticket.save()
        note(actor=actor, ticket=ticket, text=text, submission=submission)
    return Ticket.objects.get(pk=ticket.pk)


def _private_chat(channel: Channel, requester: Contact) -> Conversation:
    own_ids = requester.identities.filter(kind=channel.kind).values("external_id")
    found = (
        Conversation.objects.reachable()
        .filter(channel=channel, kind=ConversationKind.PRIVATE, external_id__in=own_ids)
        .exclude(channel__kind=FORM)  # a page is one request's
        .first()
    )
    if found is None:
        raise Invalid(_("They cannot be reached in private through this channel."))
    return found
