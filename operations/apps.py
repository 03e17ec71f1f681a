from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """How the desk itself is doing: metrics and the status page."""

    name = "operations"
