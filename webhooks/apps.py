from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Ticket events told to other systems, signed, from an outbox of their own."""

    name = "webhooks"
