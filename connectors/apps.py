from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The doors to outside services: parse, pull, send; and the inbox."""

    name = "connectors"
