from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API under /api/v1/: the pages' actions and rights, for programs."""

    name = "api"
