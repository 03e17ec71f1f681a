"""`manage.py restore FOLDER`: a backup into a blank database and an empty FILES_ROOT."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk import backup


class Command(BaseCommand):
    help = "Restore what `backup` wrote, and compare every table with its manifest."
    requires_system_checks: list[str] = []  # the database is blank

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            manifest = backup.load(folder)
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Restored and compared: {len(manifest['tables'])} tables, {manifest['files']} files"
            f" of {manifest['made_at']}."
        )
        if not backup.keys_fit(manifest):
            self.stderr.write(
                "ENCRYPTION_KEYS are not those of the backup: the tokens of its channels stay closed."
            )
