"""Who speaks, and where: contacts, identities and conversations as messages bring them."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Value
from django.db.models.functions import Concat

from accounts.models import StaffIdentity, User
from tickets.models import (
    Attachment,
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    ConversationKind,
)
from tickets.transport import InboundMessage, Place, Sender

_LANGUAGES = {"en": "en", "zh": "zh", "fa": "fa", "tr": "tr"}


def conversation_at(channel: Channel, place: Place) -> Conversation:
    """The conversation at this place, made or refreshed. A group that was upgraded keeps its row."""
    found = Conversation.objects.filter(
        channel=channel, external_id=place.external_id, thread_id=place.thread_id
    ).first() or _upgraded(channel, place)
    if found is None:
        found, _made = Conversation.objects.get_or_create(
            channel=channel,
            external_id=place.external_id,
            thread_id=place.thread_id,
            defaults={"kind": place.kind, "title": place.title[:255]},
        )
    if place.title and found.title != place.title[:255]:
        found.title = place.title[:255]
        found.save(update_fields=["title"])
    return found


def _upgraded(channel: Channel, place: Place) -> Conversation | None:
    """The group that once had this id. Unsorted and whole: for "the first by id" PostgreSQL walks the primary key."""
    former = Conversation.objects.filter(
        channel=channel, former_ids__contains=[place.external_id], thread_id=place.thread_id
    )
    return next(iter(former), None)


def ids_as_stored(conversation: Conversation, inbound: InboundMessage) -> InboundMessage:
    """A late message from before a group's upgrade: its ids are marked as `move_conversations` marked the others."""
    place = inbound.place.external_id
    if place == conversation.external_id:
        return inbound
    return replace(
        inbound,
        external_id=_retired(place, inbound.external_id),
        reply_to=_retired(place, inbound.reply_to),
    )


def _retired(place: str, external_id: str) -> str:
    return f"{place}:{external_id}" if external_id else ""


def staff_member(channel: Channel, sender: Sender) -> User | None:
    """The colleague with this numeric id, if it is one."""
    identity = (
        StaffIdentity.objects.select_related("user")
        .filter(kind=channel.kind, external_id=sender.external_id, user__is_active=True)
        .first()
    )
    return identity.user if identity else None


def identity_of(channel: Channel, sender: Sender) -> ContactIdentity:
    """The identity behind a numeric id, with its contact; both are made at the first word."""
    identity = (
        ContactIdentity.objects.select_related("contact")
        .filter(kind=channel.kind, external_id=sender.external_id)
        .first()
    )
    if identity is None:
        return _introduce(channel, sender)
    if (identity.username, identity.display_name) != (
        sender.username[:64],
        sender.name[:128],
    ) and sender.name:
        identity.username, identity.display_name = sender.username[:64], sender.name[:128]
        identity.save(update_fields=["username", "display_name"])
    return identity


def _introduce(channel: Channel, sender: Sender) -> ContactIdentity:
    name = (sender.name or sender.username or sender.external_id)[:128]
    contact = Contact.objects.create(
        name=name, language=_LANGUAGES.get(sender.language[:2].lower(), "")
    )
    identity, made = ContactIdentity.objects.select_related("contact").get_or_create(
        kind=channel.kind,
        external_id=sender.external_id,
        defaults={
            "contact": contact,
            "username": sender.username[:64],
            "display_name": sender.name[:128],
        },
    )
    if not made:  # somebody else introduced them a moment ago
        contact.delete()
    return identity


def private_chat(channel: Channel, identity: ContactIdentity) -> Conversation | None:
    """Where this person can be reached alone: on chat services a private chat bears the person's own id."""
    return (
        Conversation.objects.reachable()
        .filter(channel=channel, kind=ConversationKind.PRIVATE, external_id=identity.external_id)
        .first()
    )


def move_conversations(channel: Channel, old: str, new: str) -> int:
    """A group was upgraded: its conversations take the new id and remember the old one. Returns how many."""
    moved = 0
    for conversation in Conversation.objects.select_for_update().filter(
        channel=channel, external_id=old
    ):
        _retire_ids(conversation, old)
        twin = Conversation.objects.filter(
            channel=channel, external_id=new, thread_id=conversation.thread_id
        ).first()
        if twin is not None:
            _absorb(twin, conversation)
        conversation.former_ids = [*conversation.former_ids, old]
        conversation.external_id = new
        conversation.closed_reason = ""
        conversation.save(update_fields=["former_ids", "external_id", "closed_reason"])
        moved += 1
    return moved


def _retire_ids(conversation: Conversation, old: str) -> None:
    """The upgraded group counts its messages anew: ids of before must not be taken for those to come."""
    prefix = Value(f"{old}:")
    conversation.messages.exclude(external_id="").update(external_id=Concat(prefix, "external_id"))
    conversation.deliveries.exclude(external_id="").update(
        external_id=Concat(prefix, "external_id")
    )
    Attachment.objects.filter(message__conversation=conversation).exclude(source_id="").update(
        source_id=Concat(prefix, "source_id")
    )


def _absorb(twin: Conversation, conversation: Conversation) -> None:
    """A message under the new id came before the news of the upgrade: what hangs on the twin moves over."""
    twin.messages.update(conversation=conversation)
    twin.deliveries.update(conversation=conversation)
    twin.delete()
