"""`manage.py form`: open the public web form for a team, or close it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.models import Language, Team
from tickets.models import FORM, Channel

NAME = "Web form"


class Command(BaseCommand):
    help = (
        "Open the public web form for a team, or close it. Requests that are here keep their links."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        opened = verbs.add_parser("open", help="Take requests in.")
        opened.add_argument(
            "--team", default="", help="Who gets them; the first team when left out."
        )
        opened.add_argument("--language", default=Language.ENGLISH, choices=Language.values)
        verbs.add_parser("close", help="Take none in.")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "close":
            Channel.objects.filter(kind=FORM).update(is_active=False)
            self.stdout.write("The form is closed.")
            return
        values = {
            "team": _team(options["team"]),
            "default_language": options["language"],
            "mode": Channel.Mode.FEED,
            "is_active": True,
        }
        # One row for good: its conversations are the requests that came by it.
        Channel.objects.update_or_create(
            kind=FORM, defaults=values, create_defaults={"name": NAME, **values}
        )
        self.stdout.write(f"The form is open at {settings.SITE_URL}{reverse('portal:contact')}")


def _team(name: str) -> Team:
    team = Team.objects.filter(name=name).first() if name else Team.objects.order_by("pk").first()
    if team is None:
        raise CommandError(f"There is no team named {name}." if name else "There is no team yet.")
    return team
