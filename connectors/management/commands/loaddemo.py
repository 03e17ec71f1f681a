"""`manage.py loaddemo`: an ordinary day at an invented exchange. Loads once; `make run` calls it at every start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectors.demo.build import load
from helpdesk import env


class Command(BaseCommand):
    help = "Load the demo's staff, groups and tickets, with deadlines relative to now. Does nothing the second time."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION or not settings.DEMO:
            raise CommandError("Demo data is loaded only where DEMO=1, and never in production.")
        loaded = load(env.text("DEMO_PASSWORD", ""))
        if loaded is None:
            self.stdout.write("The demo data is there already.")
        else:
            self.stdout.write(
                f"Loaded {loaded.tickets} tickets with {loaded.messages} messages for a staff of {loaded.staff}."
            )
