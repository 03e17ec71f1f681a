from django.apps import AppConfig


class KnowledgebaseConfig(AppConfig):
    """Sections, articles and the public help centre. Its models come with its first screen."""

    name = "knowledgebase"
