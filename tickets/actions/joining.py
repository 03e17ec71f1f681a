"""One person, two doors: who asked on the web goes on in a chat."""

from __future__ import annotations

from tickets.actions.events import locked
from tickets.models import Contact, ContactIdentity, Message, Ticket


def join_requester(*, ticket: Ticket, identity: ContactIdentity) -> Ticket | None:
    """Make the ticket's requester the person of `identity`, and return the ticket, held; None where that must not be.

    Only somebody who is known by nothing but the web joins a person of a chat: of two people whom we know, neither
    ever gets the other's tickets. Identities keep what was proven of them; joining proves nothing. The caller holds
    the contact of `identity`; contacts are held before tickets, as intake holds them.
    """
    stranger = Contact.objects.select_for_update().filter(pk=ticket.requester_id).first()
    held = locked(ticket.pk)
    if stranger is None or held.requester_id != stranger.pk:
        return None
    if stranger.pk == identity.contact_id:
        return held
    known_elsewhere = stranger.identities.exclude(kind=ticket.channel_kind).exists()
    if known_elsewhere or identity.kind == ticket.channel_kind:
        return None
    _become(stranger, identity.contact)
    held.requester = identity.contact
    return held


def _become(stranger: Contact, contact: Contact) -> None:
    """All that the stranger is or has is the contact's. The name and the language that we knew stay."""
    Ticket.objects.filter(requester=stranger).update(requester=contact)
    Message.objects.filter(contact=stranger).update(contact=contact)
    stranger.identities.update(contact=contact)
    stranger.ratings.update(contact=contact)
    if not contact.language and stranger.language:
        contact.language = stranger.language
        contact.save(update_fields=["language"])
    stranger.delete()
