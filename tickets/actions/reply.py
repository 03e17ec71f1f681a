"""An agent's answer: written once, held for a moment so that it can be taken back, then sent by the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import capabilities
from accounts.models import User
from helpdesk.errors import Conflict, Invalid
from tickets.actions.events import happened, locked
from tickets.actions.files import store_uploads
from tickets.actions.outbox import enqueue, post_reply
from tickets.actions.status import restore_status, set_status
from tickets.actions.words import show_last, show_latest
from tickets.models import (
    FORM,
    Audience,
    Conversation,
    ConversationKind,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Speaker,
    Status,
    Ticket,
    Verb,
)
from tickets.sla.stored import Happening, record

LONGEST = 16_000


def routes(ticket: Ticket) -> list[Conversation]:
    """Where this ticket can be answered: the requester's private chats first, then the places it was asked in."""
    own_ids = [
        identity.external_id
        for identity in ticket.requester.identities.all()
        # Their number on another service may be somebody else's on this one.
        if identity.kind == ticket.channel_kind != FORM
    ]
    private = Conversation.objects.filter(
        Q(thread_id="") | Q(ticket=ticket),
        kind=ConversationKind.PRIVATE,
        external_id__in=own_ids,
        channel__kind=ticket.channel_kind,
    )
    asked_in = ticket.messages.exclude(conversation=None).values("conversation_id")
    # A union, each half by its own index: joined by OR, they would read every conversation there is.
    conversations = (
        Conversation.objects.reachable()
        .select_related("channel")
        .filter(pk__in=private.values("pk").union(asked_in))
    )
    topics = {each.external_id for each in conversations if each.ticket_id == ticket.pk}
    # A page has to be opened again; a chat calls.
    return sorted(
        (each for each in conversations if each.thread_id or each.external_id not in topics),
        key=lambda each: (not each.is_private, each.channel.kind == FORM, each.pk),
    )


def reply(
    *,
    actor: User,
    ticket: Ticket,
    conversation: Conversation,
    text: str,
    files: Sequence[File[Any]] = (),
    submission: str | None = None,
    seen_message: int | None = None,
    then: Status | None = None,
) -> Message:
    """Queue an answer into one of the ticket's `routes`.

    `seen_message` is the latest message the author had on the screen: a colleague's newer reply raises Conflict.
    The same `submission` twice is the same message. Raises NotAllowed, Invalid, Conflict.
    """
    capabilities.require(actor, capabilities.TICKET_REPLY, ticket.team_id)
    text = check_text(text, files)
    with _one_ticket_a_form():
        return _reply(actor, ticket, conversation, text, files, submission, seen_message, then)


@contextmanager
def _one_ticket_a_form() -> Iterator[None]:
    """The same form sent to two tickets is nothing that a browser does."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(_("This form has been sent already. Reload the page.")) from error


def _reply(
    actor: User,
    ticket: Ticket,
    conversation: Conversation,
    text: str,
    files: Sequence[File[Any]],
    submission: str | None,
    seen_message: int | None,
    then: Status | None,
) -> Message:
    ticket = locked(ticket.pk)
    if twice := _submitted(ticket, submission):
        return twice
    if conversation not in routes(ticket):
        raise Invalid(_("This ticket cannot be answered there. Choose another audience."))
    _refuse_second_answer(actor, ticket, seen_message)
    message = post_reply(
        author=actor,
        ticket=ticket,
        conversation=conversation,
        text=text,
        hold=timedelta(seconds=actor.undo_seconds),
        submission=submission,
        reply_to=_question(ticket, conversation),
    )
    enqueue(message, attachments=store_uploads(message, files))
    happened(ticket, Verb.REPLIED, actor=actor, message=message)
    _answered(ticket, actor, message)
    if then is not None and then != ticket.status:
        set_status(ticket, then, actor=actor, at=message.sent_at, message=message)
    ticket.save()
    return message


def _submitted(ticket: Ticket, submission: str | None) -> Message | None:
    """What this form has become already. Ask while the ticket is held."""
    return ticket.messages.filter(submission=submission).first() if submission else None


def check_text(text: str, files: Sequence[File[Any]] = ()) -> str:
    """The text to send. Raises Invalid when there is nothing to say or too much of it."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text and not files:
        raise Invalid(_("Write something first."))
    if len(text) > LONGEST:
        raise Invalid(_("Too long: at most %(count)s characters.") % {"count": f"{LONGEST:,}"})
    return text


def _refuse_second_answer(actor: User, ticket: Ticket, seen_message: int | None) -> None:
    if seen_message is None:
        return
    newer = (
        ticket.messages.filter(
            pk__gt=seen_message, kind=MessageKind.REPLY, automatic=False, deleted_at=None
        )
        .exclude(author=actor)
        .select_related("author")
        .first()
    )
    if newer is not None:
        raise Conflict(
            _("%(name)s has answered in the meantime. Read it, then send again if it still fits.")
            % {"name": newer.author_name}
        )


def _question(ticket: Ticket, conversation: Conversation) -> str:
    """In a public place the answer hangs on the requester's last message there; in private it needs no thread."""
    if conversation.is_private:
        return ""
    last = (
        ticket.messages.filter(conversation=conversation, contact=ticket.requester, deleted_at=None)
        .exclude(external_id="")
        .order_by("-sent_at")
        .first()
    )
    return last.external_id if last else ""


def _answered(ticket: Ticket, actor: User, message: Message) -> None:
    show_last(ticket, message, Speaker.US)
    if ticket.assignee_id is None:
        ticket.assignee = actor
        happened(ticket, Verb.ASSIGNED, actor=actor, old=None, name=actor.display_name)
    if ticket.status == Status.NEW:
        ticket.status = Status.OPEN
    record(ticket, Happening.REPLY_QUEUED, at=message.sent_at, message_id=message.pk)


def undo(*, actor: User, message: Message) -> None:
    """Take a reply back before it leaves. Raises Conflict when some of it has left already."""
    with transaction.atomic():
        assert message.ticket_id is not None
        ticket = locked(message.ticket_id)
        if message.author_id != actor.pk:
            raise Conflict(_("Only its author can take a reply back."))
        deliveries = list(Delivery.objects.select_for_update().filter(message=message))
        if not deliveries or any(
            each.state != DeliveryState.QUEUED or each.tries for each in deliveries
        ):
            raise Conflict(_("It has left already."))
        Delivery.objects.filter(message=message).update(state=DeliveryState.CANCELLED)
        message.deleted_at = timezone.now()
        message.save(update_fields=["deleted_at"])
        happened(ticket, Verb.UNDONE, actor=actor, message=message)
        record(ticket, Happening.REPLY_UNDONE, at=message.deleted_at, message_id=message.pk)
        restore_status(ticket, message, at=message.deleted_at)
        show_latest(ticket)
        ticket.save()


def note(*, actor: User, ticket: Ticket, text: str, submission: str | None = None) -> Message:
    """A private word among colleagues; it never leaves the desk. Raises NotAllowed, Invalid."""
    capabilities.require(actor, capabilities.TICKET_NOTE, ticket.team_id)
    text = check_text(text)
    with _one_ticket_a_form():
        ticket = locked(ticket.pk)
        if twice := _submitted(ticket, submission):
            return twice
        message = Message.objects.create(
            ticket=ticket,
            kind=MessageKind.NOTE,
            audience=Audience.DESK,
            author=actor,
            text=text,
            submission=submission,
            sent_at=timezone.now(),
        )
        happened(ticket, Verb.NOTED, actor=actor, message=message)
        ticket.save(update_fields=["version"])
    return message
