from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Moderation, mood and gatherings. Its models come with its first screen."""

    name = "community"
