"""What the API shows: fields named one by one. A column that nobody names here is never shown."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken, Team, User
from tickets.models import (
    Attachment,
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    Delivery,
    Message,
    SLAClock,
    Ticket,
    Topic,
)


class ColleagueAnswer(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="display_name")

    class Meta:
        model = User
        fields = ("id", "name")


class TeamAnswer(serializers.ModelSerializer[Team]):
    members = ColleagueAnswer(many=True)

    class Meta:
        model = Team
        fields = ("id", "name", "members")


class TokenAnswer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ("name", "prefix", "scope", "expires_at")


class MeAnswer(serializers.ModelSerializer[User]):
    """Whose token this is, and what it may do."""

    name = serializers.CharField(source="display_name")
    teams = serializers.SerializerMethodField()
    token = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "email", "is_admin", "teams", "token")

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_teams(self, user: User) -> dict[str, str]:
        """Team id -> role."""
        return {str(team): role for team, role in user.roles.items()}

    @extend_schema_field(TokenAnswer)
    def get_token(self, user: User) -> Any:
        return TokenAnswer(self.context["request"].auth).data


class TopicAnswer(serializers.ModelSerializer[Topic]):
    names = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Topic
        fields = ("slug", "category", "names", "priority_floor")


class ContactName(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ("id", "name")


class IdentityAnswer(serializers.ModelSerializer[ContactIdentity]):
    class Meta:
        model = ContactIdentity
        fields = ("kind", "external_id", "username", "display_name", "verified_at")


class ContactAnswer(serializers.ModelSerializer[Contact]):
    identities = IdentityAnswer(many=True)

    class Meta:
        model = Contact
        fields = ("id", "name", "language", "time_zone", "created_at", "identities")


class ChannelAnswer(serializers.ModelSerializer[Channel]):
    """Neither its token nor its secret, and nothing else of how we reach the service."""

    class Meta:
        model = Channel
        fields = (
            "id",
            "name",
            "kind",
            "mode",
            "team",
            "default_language",
            "is_active",
            "last_update_at",
            "last_error",
            "last_error_at",
        )


class DeliveryOfMessage(serializers.ModelSerializer[Delivery]):
    can_retry = serializers.BooleanField()

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = (
            "id",
            "message",
            "conversation",
            "operation",
            "part",
            "state",
            "reason",
            "tries",
            "can_retry",
            "created_at",
            "not_before",
            "sent_at",
        )


class DeliveryAnswer(DeliveryOfMessage):
    ticket = serializers.IntegerField(source="message.ticket_id")

    class Meta(DeliveryOfMessage.Meta):
        fields = (*DeliveryOfMessage.Meta.fields, "ticket")


class AttachmentAnswer(serializers.ModelSerializer[Attachment]):
    url = serializers.SerializerMethodField(
        help_text="Only while `state` is stored; needs the token."
    )

    class Meta:
        model = Attachment
        fields = ("uuid", "name", "content_type", "size", "state", "url")

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, attachment: Attachment) -> str:
        return address(reverse("api:attachment", args=[attachment.uuid]))


class MessageAnswer(serializers.ModelSerializer[Message]):
    author = ColleagueAnswer(allow_null=True)
    contact = ContactName(allow_null=True)
    attachments = AttachmentAnswer(many=True)
    deliveries = DeliveryOfMessage(many=True)

    class Meta:
        model = Message
        fields = (
            "id",
            "kind",
            "audience",
            "automatic",
            "author",
            "contact",
            "conversation",
            "text",
            "language",
            "placeholder",
            "masked",
            "sent_at",
            "edited_at",
            "deleted_at",
            "attachments",
            "deliveries",
        )


class ClockAnswer(serializers.ModelSerializer[SLAClock]):
    budget_seconds = serializers.SerializerMethodField()

    class Meta:
        model = SLAClock
        fields = (
            "metric",
            "budget_seconds",
            "started_at",
            "paused_at",
            "due_at",
            "warned_at",
            "met_at",
            "breached_at",
        )

    def get_budget_seconds(self, clock: SLAClock) -> int:
        return int(clock.budget.total_seconds())


class RouteAnswer(serializers.ModelSerializer[Conversation]):
    """Where the ticket can be answered."""

    class Meta:
        model = Conversation
        fields = ("id", "channel", "kind", "title", "is_private")

    is_private = serializers.BooleanField()


class TicketAnswer(serializers.ModelSerializer[Ticket]):
    topic = serializers.SlugRelatedField[Topic](slug_field="slug", read_only=True, allow_null=True)
    assignee = ColleagueAnswer(allow_null=True)
    requester = ContactName()
    language = serializers.CharField()
    page = serializers.SerializerMethodField(help_text="Where people see it.")

    class Meta:
        model = Ticket
        fields: tuple[str, ...] = (
            "number",
            "subject",
            "excerpt",
            "status",
            "priority",
            "category",
            "topic",
            "language",
            "team",
            "assignee",
            "requester",
            "channel_kind",
            "is_public",
            "last_speaker",
            "last_message_at",
            "waiting_since",
            "next_due_at",
            "created_at",
            "solved_at",
            "version",
            "page",
        )

    @extend_schema_field(OpenApiTypes.URI)
    def get_page(self, ticket: Ticket) -> str:
        return address(ticket.get_absolute_url())


class WholeTicketAnswer(TicketAnswer):
    """With the latest messages (oldest first), the clocks, and where it can be answered."""

    messages = MessageAnswer(many=True, source="latest")
    clocks = ClockAnswer(many=True)
    routes = RouteAnswer(many=True)

    class Meta(TicketAnswer.Meta):
        fields = (*TicketAnswer.Meta.fields, "messages", "clocks", "routes")


def address(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
