"""Tickets: listed, opened, read, answered, moved on."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.answers import MessageAnswer, TicketAnswer, WholeTicketAnswer
from api.bodies import NewAssignment, NewNote, NewReply, NewStatus, NewTicket
from api.endpoint import Endpoint, ListEndpoint, found
from api.idempotency import once, submission_of
from api.paging import PAGING
from helpdesk.errors import Invalid
from tickets.actions import reply as replying
from tickets.actions.on_behalf import open_on_behalf
from tickets.actions.status import assign, change_status
from tickets.filters import SEVERAL, TicketFilter
from tickets.models import Conversation, Message, Status, Ticket
from tickets.querysets import TicketQuerySet

MOST_MESSAGES = 100


class Tickets(ListEndpoint):
    serializer_class = TicketAnswer
    filter_backends = (DjangoFilterBackend,)
    filterset_class = TicketFilter
    parameters = PAGING | frozenset(TicketFilter.base_filters)
    repeatable = SEVERAL
    orders = {"-number": ("-number",), "number": ("number",), "due": ("sorts_at", "number")}

    def get_queryset(self) -> TicketQuerySet:
        return Ticket.objects.visible_to(self.actor).for_rows()

    def filter_queryset(self, queryset: QuerySet[Any]) -> Any:
        tickets = cast(TicketQuerySet, super().filter_queryset(queryset))
        asked = self.request.query_params
        in_queue = "due" in (asked.get("ordering"), asked.get("cursor", "").partition("~")[0])
        return tickets.open() if in_queue else tickets

    @extend_schema(
        summary="List tickets", description="With `ordering=due`: open ones, as in the queue."
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        summary="Open a ticket for a known contact",
        request=NewTicket,
        responses={201: WholeTicketAnswer},
    )
    @once
    def post(self, request: Request) -> Response:
        data = self.body(NewTicket)
        ticket = open_on_behalf(
            actor=self.actor,
            channel=data["channel"],
            requester=data["contact"],
            text=data["text"],
            subject=data.get("subject", ""),
            topic_slug=data.get("topic", ""),
            priority=data.get("priority", ""),
            submission=submission_of(request),
        )
        return self.answer(WholeTicketAnswer, whole(ticket), status=201)


class OneTicket(Endpoint):
    @extend_schema(summary="Read a ticket", responses=WholeTicketAnswer)
    def get(self, request: Request, number: int) -> Response:
        return self.answer(WholeTicketAnswer, whole(visible(self.actor, number)))


@extend_schema(summary="List a ticket's messages")
class Messages(ListEndpoint):
    serializer_class = MessageAnswer
    orders = {"id": ("id",), "-id": ("-id",)}

    def get_queryset(self) -> QuerySet[Message]:
        return with_parts(visible(self.actor, self.kwargs["number"]).messages.all())


class Replies(Endpoint):
    @extend_schema(summary="Answer the requester", request=NewReply, responses={201: MessageAnswer})
    @once
    def post(self, request: Request, number: int) -> Response:
        ticket, data = visible(self.actor, number), self.body(NewReply)
        message = replying.reply(
            actor=self.actor,
            ticket=ticket,
            conversation=_route(ticket, data.get("conversation")),
            text=data["text"],
            submission=submission_of(request),
            seen_message=data.get("seen_message"),
            then=Status(data["then"]) if "then" in data else None,
        )
        return self.answer(MessageAnswer, message, status=201)


class Notes(Endpoint):
    @extend_schema(summary="Leave a note", request=NewNote, responses={201: MessageAnswer})
    @once
    def post(self, request: Request, number: int) -> Response:
        ticket, data = visible(self.actor, number), self.body(NewNote)
        message = replying.note(
            actor=self.actor, ticket=ticket, text=data["text"], submission=submission_of(request)
        )
        return self.answer(MessageAnswer, message, status=201)


class TicketStatus(Endpoint):
    @extend_schema(summary="Set the status", request=NewStatus, responses=TicketAnswer)
    @once
    def put(self, request: Request, number: int) -> Response:
        ticket, data = visible(self.actor, number), self.body(NewStatus)
        change_status(actor=self.actor, ticket=ticket, status=data["status"])
        return self.answer(TicketAnswer, visible(self.actor, number))


class TicketAssignment(Endpoint):
    @extend_schema(summary="Assign it", request=NewAssignment, responses=TicketAnswer)
    @once
    def put(self, request: Request, number: int) -> Response:
        ticket, data = visible(self.actor, number), self.body(NewAssignment)
        assign(
            actor=self.actor,
            ticket=ticket,
            assignee=_member(ticket, data["assignee"]),
            expected=data.get("expected", False),
        )
        return self.answer(TicketAnswer, visible(self.actor, number))


def visible(user: User, number: int) -> Ticket:
    """Raises Http404."""
    seen = Ticket.objects.visible_to(user).for_rows()
    return found(seen.select_related("team"), pk=number)


def whole(ticket: Ticket) -> Ticket:
    """With what its page shows: the latest messages, oldest first, and where it can be answered."""
    latest = with_parts(ticket.messages.all()).order_by("-sent_at", "-pk")[:MOST_MESSAGES]
    ticket.latest = list(latest)[::-1]  # type: ignore[attr-defined]
    ticket.routes = replying.routes(ticket)  # type: ignore[attr-defined]
    return ticket


def with_parts(messages: QuerySet[Message]) -> QuerySet[Message]:
    """With authors, files and deliveries, in a fixed number of queries."""
    return messages.select_related("author", "contact").prefetch_related(
        "attachments", "deliveries"
    )


def _route(ticket: Ticket, pk: int | None) -> Conversation:
    """The route with this id, else the private one. Nothing goes into a public place by omission. Raises Invalid."""
    for conversation in replying.routes(ticket):
        if conversation.pk == pk or (pk is None and conversation.is_private):
            return conversation
    raise Invalid(_("This ticket cannot be answered there. Choose another audience."))


def _member(ticket: Ticket, pk: int | None) -> User | None:
    """A colleague of the ticket's team. Raises Invalid for everybody else."""
    if pk is None:
        return None
    member = ticket.team.members.filter(pk=pk, is_active=True).first()
    if member is None:
        raise Invalid(_("They are not in this ticket's team."))
    return member
