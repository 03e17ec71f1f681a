"""The rows of the desk. Each file holds what belongs together; everything is imported from here."""

from tickets.models.channels import FORM, SANDBOX, Channel, Conversation, ConversationKind
from tickets.models.contacts import Contact, ContactIdentity, PrivateInvitation
from tickets.models.deliveries import SENDS, Delivery, DeliveryState, Operation
from tickets.models.events import TicketEvent, Verb
from tickets.models.messages import (
    Attachment,
    Audience,
    FileState,
    Message,
    MessageKind,
    MessageVersion,
)
from tickets.models.questions import RATING_CHANGES_FOR, Question, Rating
from tickets.models.sla import SLAClock, SLAPolicy, SLATarget
from tickets.models.tickets import Category, Priority, Speaker, Status, Ticket, Topic

__all__ = [
    "FORM",
    "RATING_CHANGES_FOR",
    "SANDBOX",
    "SENDS",
    "Attachment",
    "Audience",
    "Category",
    "Channel",
    "Contact",
    "ContactIdentity",
    "Conversation",
    "ConversationKind",
    "Delivery",
    "DeliveryState",
    "FileState",
    "Message",
    "MessageKind",
    "MessageVersion",
    "Operation",
    "Priority",
    "PrivateInvitation",
    "Question",
    "Rating",
    "SLAClock",
    "SLAPolicy",
    "SLATarget",
    "Speaker",
    "Status",
    "Ticket",
    "TicketEvent",
    "Topic",
    "Verb",
]
