"""Run as a process: loads the settings under each environment on stdin and prints what came of it, as JSON."""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any

SETTINGS = str(Path(__file__).resolve().parents[2] / "helpdesk" / "settings.py")
TOLD = (
    "ALLOWED_HOSTS ACCOUNT_RATE_LIMITS CONTENT_SECURITY_POLICY CSRF_COOKIE_HTTPONLY CSRF_COOKIE_NAME "
    "CSRF_COOKIE_SECURE DEBUG DEMO ENVIRONMENT INSTALLED_APPS REQUIRE_MFA SECURE_HSTS_SECONDS "
    "SECURE_PROXY_SSL_HEADER SECURE_SSL_REDIRECT SESSION_COOKIE_HTTPONLY SESSION_COOKIE_NAME "
    "SESSION_COOKIE_SAMESITE SESSION_COOKIE_SECURE"
).split()


def main() -> None:
    found: list[dict[str, Any]] = []
    for environment in json.load(sys.stdin):
        os.environ.clear()
        os.environ.update(environment)
        try:
            settings = runpy.run_path(SETTINGS)
        except Exception:
            found.append({"error": traceback.format_exc()})
        else:
            found.append({name: settings.get(name) for name in TOLD})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
