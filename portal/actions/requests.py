"""What a requester does on the web: ask, and say more. The words go the way that all words from outside go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.errors import Conflict
from portal.addresses import digest
from portal.models import Address, Link
from portal.stamps import Stamp
from readings.secrets import mask
from tickets.actions.events import locked
from tickets.actions.files import store_uploads
from tickets.actions.intake import receive
from tickets.actions.opening import takes_words
from tickets.models import FORM, Channel, Contact, ContactIdentity, Message, Ticket
from tickets.transport import InboundMessage, Place, Sender

FIRST = "first"
"""External id of the words that opened the request; later ones bear the id of their own form."""


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody typed, before anything is hidden in it."""

    text: str
    files: Sequence[File[Any]] = ()
    name: str = ""
    topic: str = ""
    language: str = ""
    masked: list[str] = field(default_factory=list)

    def without_secrets(self) -> Words:
        """A copy in which `masked` names the kinds that were hidden: in the text, the name, and names of files."""
        found: set[str] = set()

        def hide(text: str) -> str:
            masked = mask(text)
            found.update(str(each.kind) for each in masked.found)
            return masked.text

        text, name = hide(self.text), hide(self.name)
        for file in self.files:
            file.name = hide(file.name or "")
        return Words(text, self.files, name, self.topic, self.language, sorted(found))


def form_channel() -> Channel | None:
    """The form's channel; None while the form is closed."""
    return Channel.objects.filter(kind=FORM, is_active=True).order_by("pk").first()


def submit(
    *, channel: Channel, stamp: Stamp, words: Words, email: str, may_mail: bool = True
) -> Link:
    """Open a request: ticket, message, files, clocks and link in one transaction. The same stamp is the same request.

    The address is nobody's yet, so it joins this request to no contact and no ticket that there is: the requester is
    somebody new. Raises Invalid for files that are too many, too large or empty.
    """
    with transaction.atomic():
        ticket = _take_in(channel, stamp.place, FIRST, words)
        identity = ContactIdentity.objects.get(kind=FORM, external_id=stamp.place)
        link, made = Link.objects.get_or_create(
            token_hash=stamp.token_hash, defaults={"ticket": ticket, "identity": identity}
        )
        if made and email:
            Address.objects.create(
                identity=identity, email=email, digest=digest(email), receipt_due=may_mail
            )
    return link


def answer(*, link: Link, words: Words, submission: str) -> None:
    """Say more on a request. The same `submission` is the same message.

    Raises Invalid as `submit` does, Conflict when the request takes no more words.
    """
    with transaction.atomic():
        _hold(link.identity_id)
        now = timezone.now()
        # Held from here on: closed in between, the words would go on another request of the same person.
        if not takes_words(locked(link.ticket_id), now):
            raise Conflict(_("This request is closed. Please write a new one."))
        place = link.identity.external_id
        channel = Channel.objects.get(kind=FORM, conversations__external_id=place)
        _take_in(channel, place, submission, words, reply_to=FIRST, at=now)


def _hold(identity_id: int) -> None:
    """The contact before the ticket, as intake holds them. It may just be joined to another: then that one is held."""
    for _try in range(3):
        held = Contact.objects.select_for_update(of=("self",)).filter(identities=identity_id)
        if held.first():
            return


def _take_in(
    channel: Channel,
    place: str,
    external_id: str,
    words: Words,
    *,
    reply_to: str = "",
    at: datetime | None = None,
) -> Ticket:
    words = words.without_secrets()
    inbound = InboundMessage(
        "message",
        Place("private", place),
        Sender(place, name=words.name, language=words.language),
        external_id,
        at or timezone.now(),
        text=words.text,
        topic=words.topic,
        reply_to=reply_to,
    )
    receipt = receive(channel=channel, inbound=inbound, masked=words.masked)
    assert receipt.ticket is not None, "what is said in private is always a request"
    if receipt.outcome == "message" and words.files:
        store_uploads(_stored(channel, place, external_id), words.files, draw=False)
    return receipt.ticket


def _stored(channel: Channel, place: str, external_id: str) -> Message:
    return Message.objects.get(
        conversation__channel=channel, conversation__external_id=place, external_id=external_id
    )
