"""A ticket on whose page everything that a stranger, a colleague or an admin may have typed can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

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
    """`wear(words)` puts words into every column that some page shows."""

    desk: Desk
    ticket: Ticket

    def wear(self, *words: str) -> None:
        """The next words into the next column, over and over. What arrives there by intake is tested elsewhere."""
        given = cycle(words)
        subject = next(given)
        Ticket.objects.update(subject=subject[:160], excerpt=f"{subject[:159]}…")
        for model, columns in (
            (Contact, {"name": 128}),
            (ContactIdentity, {"username": 64, "display_name": 128}),
            (Conversation, {"title": 255}),
            (MessageVersion, {"text": 999}),
            (Attachment, {"name": 255}),
            (Delivery, {"reason": 24}),
            (InboundUpdate, {"reason": 200, "external_id": 64}),
            (Channel, {"name": 60}),
            (User, {"display_name": 80, "public_alias": 40, "about": 160}),
        ):
            model._base_manager.update(
                **{name: next(given)[:most] for name, most in columns.items()}
            )
        Topic.objects.update(names={"en": next(given)})
        Team.objects.filter(pk=self.desk.team.pk).update(name=next(given)[:60])
        for message in Message.objects.filter(ticket__isnull=False):
            message.text = next(given)
            message.placeholder = message.placeholder and next(given)[:60]
            message.save()
        events = TicketEvent.objects.filter(verb=Verb.ASSIGNED)
        events.update(payload={"name": next(given), "old": None})


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
