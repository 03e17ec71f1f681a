"""`manage.py backup FOLDER`: database and files, while the desk works."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk import backup


class Command(BaseCommand):
    help = "Write database, files and a manifest of both into a new folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", help="New; %%Y, %%m, %%d, %%H, %%M, %%S stand for now, UTC.")

    def handle(self, *args: Any, folder: str, **options: Any) -> None:
        path = Path(datetime.now(UTC).strftime(folder))
        try:
            manifest = backup.save(path)
        except (backup.BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        rows = sum(count for count, _hash in manifest["tables"].values())
        self.stdout.write(
            f"{path}: {rows} rows of {len(manifest['tables'])} tables, {manifest['files']} files."
        )
