"""`manage.py restore FOLDER`: a backup into a blank database and an empty FILES_ROOT."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from helpdesk import backup


class Command(BaseCommand):
    help = "Restore what `backup` wrote, and compare every table with its manifest."
    requires_system_checks: list[str] = []  # the database is blank

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--send",
            action="store_true",
            help="Send what waited to be sent, even if it has been sent since.",
        )

    def handle(self, *args: Any, folder: Path, send: bool, **options: Any) -> None:
        try:
            manifest = backup.load(folder)
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Restored and compared: {len(manifest['tables'])} tables, {manifest['files']} files"
            f" of {manifest['made_at']}."
        )
        if not send and (held := _hold_back()):
            self.stdout.write(
                f"{held} parts of replies waited to be sent. Nobody knows which of them have been since: each is marked"
                " as perhaps delivered on its ticket, and can be sent again there."
            )
        if not backup.keys_fit(manifest):
            self.stderr.write(
                "ENCRYPTION_KEYS are not those of the backup: the tokens of its channels stay closed."
            )


def _hold_back() -> int:
    """The outbox of then is not what has to be sent now. Returns how many rows."""
    waiting = apps.get_model("tickets", "Delivery").objects.filter(state__in=("queued", "sending"))
    return int(waiting.update(state="unknown", reason="restored"))
