from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    """No models: it lends its management commands, template tags and system checks."""

    name = "helpdesk"
