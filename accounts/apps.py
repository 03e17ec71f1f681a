from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, teams, memberships, capabilities and sign-in."""

    name = "accounts"
