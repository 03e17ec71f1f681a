from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    """Working calendars: when time counts."""

    name = "shifts"
