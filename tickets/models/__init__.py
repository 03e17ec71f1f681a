"""The rows of the desk. Each file holds what belongs together; everything is imported from here."""

from tickets.models.channels import SANDBOX, Channel, Conversation, ConversationKind
from tickets.models.contacts import Contact, ContactIdentity, PrivateInvitation
from tickets.models.deliveries import Delivery, DeliveryState, Operation
from tickets.models.events import TicketEvent, Verb
from tickets.models.messages import (
    Attachment,
    Audience,
    FileState,
    Message,
    MessageKind,
    MessageVersion,
)
from tickets.models.sla import SLAClock, SLAPolicy, SLATarget
from tickets.models.tickets import Category, Priority, Speaker, Status, Ticket, Topic

__all__ = [
    "SANDBOX",
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
