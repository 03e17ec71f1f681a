"""A ticket on whose page everything that a stranger, a colleague or an admin may have typed can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Team, User
from connectors.models import InboundUpdate, UpdateState
from tests.cast import ALICE, DANA, GROUP, Desk, Outside, opened
from tickets.actions.reply import note
from tickets.models import (
    Attachment,
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    FileState,
    Message,
    MessageVersion,
    Ticket,
    TicketEvent,
    Topic,
    Verb,
)

PLAIN = "plain words"


@dataclass
class Scene:
    """`wear(words)` puts the words into every column that some page shows."""

    desk: Desk
    ticket: Ticket

    def wear(self, words: str) -> None:
        """Straight into the tables: what arrives there by intake is tested elsewhere."""
        Ticket.objects.update(subject=words[:160], excerpt=words[:160])
        Contact.objects.update(name=words[:128])
        ContactIdentity.objects.update(username=words[:64], display_name=words[:128])
        Conversation.objects.update(title=words[:255])
        Message.objects.update(text=words)
        Message.objects.filter(placeholder__gt="").update(placeholder=words[:60])
        MessageVersion.objects.update(text=words)
        Attachment.objects.update(name=words[:255])
        Delivery.objects.update(reason=words[:24])
        InboundUpdate.objects.update(reason=words[:200], external_id=words[:64])
        Channel.objects.update(name=words[:60])
        Topic.objects.update(names={"en": words})
        Team.objects.filter(pk=self.desk.team.pk).update(name=words[:60])
        User.objects.update(display_name=words[:80], public_alias=words[:40], about=words[:160])
        TicketEvent.objects.filter(verb=Verb.ASSIGNED).update(payload={"name": words, "old": None})


def scene(desk: Desk, outside: Outside) -> Scene:
    """In plain words at first. Alice has it; Bob, a lead, looks at it."""
    said = outside.says(DANA, "my deposit", document={"file_id": "f", "file_name": "a.pdf"})
    ticket = opened(said)
    outside.says(DANA, photo=[{"file_id": "g", "width": 9, "height": 9}])
    outside.says(DANA, sticker={"file_id": "s", "emoji": "x"})
    other = opened(outside.says({**DANA, "id": 7099}, "an earlier request"))
    Ticket.objects.filter(pk=other.pk).update(requester=ticket.requester)
    asked = outside.says(DANA, "/ticket in the group, too", chat=GROUP)
    outside.says(ALICE, "we are on it", chat=GROUP, reply_to=asked.id)
    Message.objects.filter(kind="incoming", ticket__isnull=False).update(ticket=ticket)
    note(actor=desk.alice, ticket=ticket, text="seen on the node")
    Attachment.objects.filter(message__text__gt="").update(state=FileState.STORED, size=9)
    Attachment.objects.filter(message__text="").update(
        state=FileState.STORED, size=9, preview="previews/x.webp"
    )
    first = Message.objects.filter(ticket=ticket).earliest("pk")
    Message.objects.filter(pk=first.pk).update(edited_at=timezone.now())
    MessageVersion.objects.create(message=first, text="before", replaced_at=timezone.now())
    Delivery.objects.update(state=DeliveryState.FAILED)
    TicketEvent.objects.create(ticket=ticket, verb=Verb.ASSIGNED, actor=desk.bob, payload={})
    InboundUpdate.objects.filter(pk=asked.row.pk).update(state=UpdateState.SET_ASIDE)
    InboundUpdate.objects.exclude(pk=asked.row.pk).delete()
    Ticket.objects.update(
        assignee=desk.alice, topic=Topic.objects.first(), next_due_at=timezone.now() + timedelta(2)
    )
    User.objects.update(is_demo=True, welcomed_at=timezone.now())
    found = Scene(desk, ticket)
    found.wear(PLAIN)
    return found
