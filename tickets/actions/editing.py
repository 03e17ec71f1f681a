"""Changing and deleting what has been sent, where the channel lets us; where it does not, why not."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import capabilities
from accounts.models import Role, User
from helpdesk.errors import Conflict, Invalid, NotAllowed
from tickets.actions.events import happened, locked
from tickets.actions.outbox import enqueue_edit, enqueue_removal, part_of
from tickets.actions.reply import check_text
from tickets.actions.words import show_latest
from tickets.models import (
    SENDS,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    MessageVersion,
    Operation,
    Ticket,
    Verb,
)
from tickets.transport import Abilities, abilities_of, transport_for


def edit_reply(*, actor: User, message: Message, text: str) -> None:
    """Put other words in place of those of a sent reply, here at once and outside through the outbox.

    The earlier words are kept. Raises NotAllowed, Conflict when it cannot be changed, Invalid for the new words.
    """
    text = check_text(text)
    with transaction.atomic():
        ticket, message = _held(message)
        _require_own(actor, capabilities.MESSAGE_EDIT, ticket, message)
        if problem := why_not_edited(message):
            raise Conflict(problem)
        if text == message.text:
            return
        _check_length(message, text)
        _replace_words(message, text)
        enqueue_edit(message)
        happened(ticket, Verb.EDITED, actor=actor, message=message)
        show_latest(ticket)
        ticket.save()


def delete_reply(*, actor: User, message: Message) -> None:
    """Take a sent reply away outside. It counts as never said once all of it is gone. Raises NotAllowed, Conflict."""
    with transaction.atomic():
        ticket, message = _held(message)
        _require_own(actor, capabilities.MESSAGE_DELETE, ticket, message)
        if problem := why_not_deleted(message):
            raise Conflict(problem)
        Delivery.objects.filter(
            message=message, operation=Operation.EDIT_TEXT, state=DeliveryState.QUEUED
        ).update(state=DeliveryState.CANCELLED)
        for part in _parts(message):
            for target in part.payload.get("external_ids") or [part.external_id]:
                enqueue_removal(message, target=target)
        happened(ticket, Verb.DELETED, actor=actor, message=message)
        ticket.save()


def may_change(actor: User, ticket: Ticket, message: Message) -> bool:
    """Whether the reply is theirs to change: its author's, or a lead's of the ticket's team."""
    own = message.author_id == actor.pk
    return own or actor.is_admin or actor.roles.get(ticket.team_id) == Role.LEAD


def can_be_edited(message: Message) -> bool:
    """Whether a page offers it at all; `why_not_edited` then says what stands against it."""
    return _is_sent_reply(message) and _abilities(message).edit and bool(message.text)


def can_be_deleted(message: Message) -> bool:
    """Whether a page offers it at all; `why_not_deleted` then says what stands against it."""
    return _is_sent_reply(message) and _abilities(message).delete_within is not None


def why_not_edited(message: Message) -> str:
    """What stands against changing it, for an agent's eyes; empty when nothing does."""
    if problem := _why_not_touched(message):
        return problem
    if not _abilities(message).edit:
        return _("This channel cannot change what was sent.")
    texts = [part for part in _parts(message) if part.operation == Operation.SEND_TEXT]
    if not texts:
        return _("It has no words to change, only files.")
    if len(texts) > 1:
        return _(
            "It went out in several parts, which cannot be changed. Send a correction instead."
        )
    return ""


def why_not_deleted(message: Message) -> str:
    """What stands against deleting it, for an agent's eyes; empty when nothing does."""
    if problem := _why_not_touched(message):
        return problem
    within = _abilities(message).delete_within
    if within is None:
        return _("This channel cannot delete what was sent.")
    if _sent_at(message) < timezone.now() - within:
        return _("Only what was sent in the last %(hours)s hours can be deleted.") % {
            "hours": within // timedelta(hours=1)
        }
    return ""


def _why_not_touched(message: Message) -> str:
    conversation, states = message.conversation, {part.state for part in _parts(message)}
    if message.kind != MessageKind.REPLY or conversation is None or message.automatic:
        return _("Only a reply can be changed.")
    if message.deleted_at or _is_going(message):
        return _("It is deleted already.")
    if conversation.closed_reason:
        return _("There is no way into this conversation any more.")
    if DeliveryState.UNKNOWN in states:
        return _("Nobody knows whether it has arrived. Look there first.")
    if states != {DeliveryState.SENT}:
        return _("It has not been delivered.")
    return ""


def _is_sent_reply(message: Message) -> bool:
    return (
        message.kind == MessageKind.REPLY
        and not message.automatic
        and not message.deleted_at
        and not _is_going(message)
        and any(part.state == DeliveryState.SENT for part in _parts(message))
    )


def _is_going(message: Message) -> bool:
    return any(
        each.operation == Operation.DELETE and each.state != DeliveryState.FAILED
        for each in message.deliveries.all()
    )


def _parts(message: Message) -> list[Delivery]:
    """What it was sent as. It filters here, so that a page's prefetched rows serve."""
    return [each for each in message.deliveries.all() if each.operation in SENDS]


def _sent_at(message: Message) -> datetime:
    return min(part.sent_at or part.created_at for part in _parts(message))


def _abilities(message: Message) -> Abilities:
    assert message.conversation is not None
    return abilities_of(message.conversation.channel.kind)


def _held(message: Message) -> tuple[Ticket, Message]:
    """Both rows as they are now, the ticket's held."""
    assert message.ticket_id is not None
    ticket = locked(message.ticket_id)
    rows = Message.objects.select_related("conversation__channel").prefetch_related("deliveries")
    return ticket, rows.get(pk=message.pk)


def _require_own(actor: User, capability: str, ticket: Ticket, message: Message) -> None:
    capabilities.require(actor, capability, ticket.team_id)
    if not may_change(actor, ticket, message):
        raise NotAllowed(_("Only its author or a lead may do that."))


def _check_length(message: Message, text: str) -> None:
    assert message.conversation is not None
    transport = transport_for(message.conversation.channel.access)
    if len(transport.split(part_of(message, text))) > 1:
        raise Invalid(
            _("A changed reply has to fit into one message: at most %(count)s characters.")
            % {"count": f"{transport.text_limit:,}"}
        )


def _replace_words(message: Message, text: str) -> None:
    now = timezone.now()
    MessageVersion.objects.create(message=message, text=message.text, replaced_at=now)
    message.text, message.edited_at = text, now
    message.save(update_fields=["text", "edited_at"])
