from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API under /api/v1/: the pages' actions and rights, for programs."""

    name = "api"

    def ready(self) -> None:
        from api import schema  # noqa: F401  # its extension is found by having been imported
