from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Contacts, channels, tickets, messages, clocks and the outbox."""

    name = "tickets"
