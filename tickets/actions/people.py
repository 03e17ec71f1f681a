"""Who speaks, and where: contacts, identities and conversations as messages bring them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

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

Where = tuple[int, str, str]
"""Channel, external id, thread."""
Who = tuple[str, str]
"""Kind of channel, external id."""

_LANGUAGES = {"en": "en", "zh": "zh", "fa": "fa", "tr": "tr"}


def conversation_at(channel: Channel, place: Place) -> Conversation:
    """The conversation at this place, made or refreshed. A group that was upgraded keeps its row."""
    return conversations_at([(channel, place)])[where(channel, place)]


def where(channel: Channel, place: Place) -> Where:
    """By what `conversations_at` names a place."""
    return channel.pk, place.external_id, place.thread_id


def conversations_at(places: Sequence[tuple[Channel, Place]]) -> dict[Where, Conversation]:
    """The same for several places at once."""
    asked = {where(channel, place): (channel, place) for channel, place in places}
    found = _conversations(asked, external_id__in={external_id for _, external_id, _ in asked})
    if missing := asked.keys() - found.keys():
        found |= _upgraded(missing)
    if missing := asked.keys() - found.keys():
        found |= _make({each: asked[each] for each in asked if each in missing})
    for each, (channel, place) in asked.items():
        found[each].channel = channel
        _retitle(found[each], place.title[:255])
    return found


def _conversations(asked: Iterable[Where], **which: Any) -> dict[Where, Conversation]:
    channels = {channel for channel, _, _ in asked}
    found = Conversation.objects.filter(channel__in=channels, **which)
    return {(each.channel_id, each.external_id, each.thread_id): each for each in found}


def _upgraded(asked: Collection[Where]) -> dict[Where, Conversation]:
    """The groups that once had these ids. Unsorted: for "the first by id" PostgreSQL walks the primary key."""
    ids = [external_id for _, external_id, _ in asked]
    former = _conversations(asked, former_ids__overlap=ids)
    return {
        (channel, old, thread): conversation
        for (channel, _, thread), conversation in former.items()
        for old in conversation.former_ids
        if (channel, old, thread) in asked
    }


def _make(asked: Mapping[Where, tuple[Channel, Place]]) -> dict[Where, Conversation]:
    rows = [
        Conversation(
            channel=channel,
            external_id=place.external_id,
            thread_id=place.thread_id,
            kind=place.kind,
            title=place.title[:255],
        )
        for channel, place in asked.values()
    ]
    # Somebody else may have made it a moment ago; so we have its id.
    Conversation.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["channel", "external_id", "thread_id"],
        update_fields=["title"],
    )
    return dict(zip(asked, rows, strict=True))


def _retitle(conversation: Conversation, title: str) -> None:
    if title and conversation.title != title:
        conversation.title = title
        conversation.save(update_fields=["title"])


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


def staff_members(senders: Sequence[tuple[Channel, Sender]]) -> dict[Who, User]:
    """The colleagues among those with these numeric ids."""
    found = StaffIdentity.objects.select_related("user").filter(
        kind__in={channel.kind for channel, _ in senders},
        external_id__in={sender.external_id for _, sender in senders},
        user__is_active=True,
    )
    return {(each.kind, each.external_id): each.user for each in found}


def identities_of(
    senders: Sequence[tuple[Channel, Sender]],
) -> tuple[dict[Who, ContactIdentity], set[Who]]:
    """The identities behind these numeric ids, with their contacts, and whom of them nobody had met before."""
    asked = {(channel.kind, sender.external_id): sender for channel, sender in senders}
    found = _identities(asked)
    for who, identity in found.items():
        _rename(identity, asked[who])
    strangers = asked.keys() - found.keys()
    if not strangers:
        return found, set()
    introduced, new = _introduce({who: asked[who] for who in sorted(strangers)})
    return found | introduced, new


def _identities(asked: Collection[Who]) -> dict[Who, ContactIdentity]:
    rows = ContactIdentity.objects.select_related("contact").filter(
        kind__in={kind for kind, _ in asked}, external_id__in=[each for _, each in asked]
    )
    return {who: row for row in rows if (who := (row.kind, row.external_id)) in asked}


def _rename(identity: ContactIdentity, sender: Sender) -> None:
    names = sender.username[:64], sender.name[:128]
    if sender.name and (identity.username, identity.display_name) != names:
        identity.username, identity.display_name = names
        identity.save(update_fields=["username", "display_name"])


def _introduce(
    strangers: Mapping[Who, Sender],
) -> tuple[dict[Who, ContactIdentity], set[Who]]:
    contacts = Contact.objects.bulk_create(
        Contact(
            name=(sender.name or sender.username or sender.external_id)[:128],
            language=_LANGUAGES.get(sender.language[:2].lower(), ""),
        )
        for sender in strangers.values()
    )
    ContactIdentity.objects.bulk_create(
        (
            ContactIdentity(
                contact=contact,
                kind=kind,
                external_id=external_id,
                username=sender.username[:64],
                display_name=sender.name[:128],
            )
            for contact, ((kind, external_id), sender) in zip(
                contacts, strangers.items(), strict=True
            )
        ),
        ignore_conflicts=True,
    )
    found = _identities(strangers)
    introduced = {identity.contact_id: who for who, identity in found.items()}
    if doubled := [each.pk for each in contacts if each.pk not in introduced]:
        # Somebody else introduced them a moment ago.
        Contact.objects.filter(pk__in=doubled).delete()
    return found, {introduced[each.pk] for each in contacts if each.pk in introduced}


def hold(identities: Collection[ContactIdentity]) -> None:
    """Hold these people's contacts: the same person's words in two places must not open two tickets."""
    asked = Contact.objects.filter(pk__in={identity.contact_id for identity in identities})
    held = {each.pk: each for each in asked.order_by("pk").select_for_update(no_key=True)}
    for identity in identities:
        identity.contact = held[identity.contact_id]


def private_chat(channel: Channel, identity: ContactIdentity) -> Conversation | None:
    """Where this person can be reached alone: on chat services a private chat bears the person's own id."""
    return (
        Conversation.objects.reachable()
        .filter(
            channel=channel,
            kind=ConversationKind.PRIVATE,
            external_id=identity.external_id,
            thread_id="",
        )
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
