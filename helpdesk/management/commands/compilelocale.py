"""`manage.py compilelocale`: the translations as Django reads them, without gettext's tools."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.locale import compile_all


class Command(BaseCommand):
    help = "Compile each translation whose source is newer. Writes nothing when all are up to date."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in compile_all():
            self.stdout.write(f"{path.parent.parent.name}: compiled")
