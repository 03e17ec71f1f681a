"""What writes take."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers

from api.fields import Body, Id, Text, Whole
from tickets.actions.reply import LONGEST
from tickets.actions.status import CHOICES
from tickets.models import Channel, Contact, Priority, Topic

SETTABLE = [(status.value, status.label) for status in CHOICES]


class NewTicket(Body):
    contact = Id(Contact.objects.visible_to, help_text="Whom it is for: somebody known to you.")
    channel = Id(Channel.objects.visible_to, help_text="Where they will be answered, in private.")
    text = Text(max_length=LONGEST, help_text="What it is about; kept as a note.")
    subject = Text(max_length=160, required=False, help_text="Else the first words of the text.")
    topic = Text(max_length=40, required=False, help_text="The slug of a topic; else as read.")
    priority = serializers.ChoiceField(Priority.choices, required=False)

    def validate_topic(self, slug: str) -> str:
        if not Topic.objects.filter(slug=slug).exists():
            raise serializers.ValidationError(_("There is no such topic."))
        return slug


class NewReply(Body):
    text = Text(max_length=LONGEST)
    conversation = Whole(
        min_value=1,
        required=False,
        help_text="One of the ticket's routes. May be left out where there is a private one.",
    )
    seen_message = Whole(
        min_value=0,
        required=False,
        help_text="The latest message you know of: a colleague's newer reply then answers 409.",
    )
    then = serializers.ChoiceField(
        SETTABLE,
        required=False,
        help_text="The status to set along with it.",
    )


class NewNote(Body):
    text = Text(max_length=LONGEST)


class NewStatus(Body):
    status = serializers.ChoiceField(SETTABLE)


class NewAssignment(Body):
    assignee = Whole(min_value=1, allow_null=True, help_text="Of the ticket's team; null: nobody.")
    expected = Whole(
        min_value=1,
        allow_null=True,
        required=False,
        help_text="Who has it as far as you know: anything else answers 409.",
    )


class Nothing(Body):
    """An empty object, or no body at all."""
