from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Read-only figures, boards and Excel. Its models come with its first screen."""

    name = "reports"
