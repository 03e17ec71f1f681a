"""Run as a script by a container's health check: does the process beside us still work?

python -I -S helpdesk/probe.py: it imports nothing of ours, since it runs every few seconds. ROLE decides: a web process
answers /livez, a worker or beat touches ALIVE_FILE (helpdesk/celery.py).
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

LONGEST_SILENCE = 30.0
"""Seconds. Workers touch their file every 2 s, beat every second, as long as the broker answers."""


def answers(port: int, site_url: str) -> bool:
    """Whether /livez says 200, asked by the site's name: the process refuses others."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/livez", headers={"Host": urlsplit(site_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def beats(alive: Path) -> bool:
    """Whether the file was touched lately."""
    try:
        return time.time() - alive.stat().st_mtime < LONGEST_SILENCE
    except OSError:
        return False


def healthy(environ: Mapping[str, str]) -> bool:
    """By ROLE, as the settings read it."""
    if environ.get("ROLE", "web") in ("web", "sse"):
        return answers(int(environ.get("UVICORN_PORT", "8000")), environ["SITE_URL"])
    return beats(Path(environ["ALIVE_FILE"]))


if __name__ == "__main__":
    sys.exit(not healthy(os.environ))
