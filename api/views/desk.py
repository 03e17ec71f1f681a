"""Who and what there is: oneself, teams, topics, contacts, channels."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team, User
from api.answers import ChannelAnswer, ContactAnswer, MeAnswer, TeamAnswer, TopicAnswer
from api.endpoint import Endpoint, ListEndpoint, found
from tickets.models import Channel, Contact, Topic


def contacts(user: User) -> QuerySet[Contact]:
    return Contact.objects.visible_to(user).prefetch_related("identities")


class Me(Endpoint):
    @extend_schema(summary="Whose token this is", responses=MeAnswer)
    def get(self, request: Request) -> Response:
        return self.answer(MeAnswer, self.actor)


@extend_schema(summary="List your teams")
class Teams(ListEndpoint):
    serializer_class = TeamAnswer

    def get_queryset(self) -> QuerySet[Team]:
        active = User.objects.filter(is_active=True).order_by("pk")
        return Team.objects.visible_to(self.actor).prefetch_related(Prefetch("members", active))


@extend_schema(summary="List topics")
class Topics(ListEndpoint):
    serializer_class = TopicAnswer

    def get_queryset(self) -> QuerySet[Topic]:
        return Topic.objects.all()


@extend_schema(summary="List contacts", description="People with a ticket that you may see.")
class Contacts(ListEndpoint):
    serializer_class = ContactAnswer

    def get_queryset(self) -> QuerySet[Contact]:
        return contacts(self.actor)


class OneContact(Endpoint):
    @extend_schema(summary="Read a contact", responses=ContactAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(ContactAnswer, found(contacts(self.actor), pk=pk))


@extend_schema(summary="List channels")
class Channels(ListEndpoint):
    serializer_class = ChannelAnswer

    def get_queryset(self) -> QuerySet[Channel]:
        return Channel.objects.visible_to(self.actor)


class OneChannel(Endpoint):
    @extend_schema(summary="Read a channel", responses=ChannelAnswer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(ChannelAnswer, found(Channel.objects.visible_to(self.actor), pk=pk))
