#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from pathlib import Path


def main() -> None:
    if sys.argv[1:2] == ["runlocal"]:
        # It starts the services that the settings ask for, so it comes before them.
        from helpdesk.embedded.run import main as run

        sys.exit(run(sys.argv[2:], Path(__file__).resolve().parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    # A command needs no pool, and its statements may take long.
    os.environ.setdefault("ROLE", "worker")
    if sys.argv[1:2] and sys.argv[1] in ("migrate", "backup", "restore"):
        from helpdesk.env import go_direct

        go_direct()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
