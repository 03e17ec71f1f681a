"""Settings of the sandbox process: the project's, with its own URLs and without a database."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from helpdesk import settings as project
from helpdesk.settings import *  # noqa: F403

if project.ENVIRONMENT == "production":
    raise ImproperlyConfigured(
        "The sandbox plays the outside world; it does not run in production."
    )

ROOT_URLCONF = "connectors.sandbox.urls"
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["connectors.sandbox.middleware.guard"]
DATABASES = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
AUTHENTICATION_BACKENDS = []
STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [project.BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [],
            "libraries": {
                "heroicons": "heroicons.templatetags.heroicons",
                "humanize": "django.contrib.humanize.templatetags.humanize",
            },
        },
    }
]
STATIC_URL = "/static/"
APPEND_SLASH = False
SECURE_SSL_REDIRECT = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 60 * 1024 * 1024

SANDBOX_JOURNAL = Path(
    os.environ.get("SANDBOX_JOURNAL") or project.FILES_ROOT.parent / "sandbox" / "journal.jsonl"
)
