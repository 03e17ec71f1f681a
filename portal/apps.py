from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The requester's side: the contact form and the tracking page behind a secret link."""

    name = "portal"
