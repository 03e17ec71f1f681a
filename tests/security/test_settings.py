"""A wrong value stops the start with the variable's name and without the value; what nobody sets is safe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BASE_DIR = Path(__file__).resolve().parents[2]
GOOD = {
    "ENVIRONMENT": "production",
    "SITE_URL": "https://desk.example",
    "SECRET_KEY": "k3y-of-a-test-that-is-long-enough-and-has-many-letters-0123456789",
    "DATABASE_URL": "postgres://u:p@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
CANARY = "s3cret"
STRONG = "good-enough-and-32-characters-long-yes"
NONSENSE: dict[str, list[str]] = {
    "SITE_URL": [
        "", "desk.example", "ftp://desk.example", "https://", "https://desk.example/s3cret",
        "https://u:s3cret@desk.example", "https://desk.example?s3cret", "https://desk.example:99999",
        "https://desk.example:s3cret", "https://[::1", "http://desk.example", "https://desk .example",
        "https://*", "javascript:s3cret",
    ],
    "SECRET_KEY": ["", "s3cret", "a" * 31, "a" * 60],
    "ENCRYPTION_KEYS": ["s3cret", f"{STRONG},s3cret", "a" * 40],
    "ALLOWED_HOSTS": ["*", "https://s3cret", "s3cret/", "a b", "s3cret:80", "desk.example,*"],
    "DATABASE_URL": [
        "", "s3cret", "sqlite:///s3cret.db", "mysql://u:s3cret@h/d", "postgres://u:s3cret/x@h/d",
        "postgres://u:p@h:s3cret/d", "postgres://u:s3cret#x@h/d", "postgres://", "postgres://s3cret",
    ],
    "REDIS_URL": [
        "", "s3cret", "http://s3cret", "redis://h:s3cret/0", "redis://:s3cret/x@h/0",
        "redis://h/s3cret", "redis://", "redis:///0",
    ],
    "CACHE_URL": ["s3cret", "memcached://s3cret"],
    "BROKER_URL": ["sqs://u:s3cret@h", "amqp://"],
    "PUBSUB_URL": ["s3cret"],
    "ENVIRONMENT": ["", "prod", "Production", "s3cret"],
    "ROLE": ["s3cret", "WEB"],
    "DEMO": ["1", "true", "s3cret", "2"],
    "REQUIRE_MFA": ["s3cret", "2"],
    "TRUSTED_PROXIES": ["-1", "11", "s3cret", "1.5", "127.0.0.1"],
    "DB_POOL": ["s3cret"],
    "DB_POOL_SIZE": ["0", "201", "s3cret"],
    "PULL_TIMEOUT": ["51", "-1", "s3cret"],
    "TELEGRAM_API_BASE": ["s3cret", "ftp://s3cret", "https://", "https://u:s3cret@h", "https://h:99999"],
    "FILES_HOST": [
        "https://s3cret", "s3cret/x", "a b", "desk.example", "DESK.example", "*", "s3cret:80", "a,b", ".s3cret",
    ],
    "SANDBOX_URL": ["javascript:s3cret()", "s3cret", "//s3cret"],
    "EMAIL_URL": ["s3cret", "foo://s3cret", "smtp://h:s3cret", "smtp://u:s3cret/x@h:25"],
    "FILES_ROOT": ["~s3cret/x"],
    "STATIC_ROOT": ["~s3cret/x"],
    "SECRET_KEY_FILE": ["/does/not/exist/s3cret", "/"],
}  # fmt: skip
CASES = [(name, value) for name, values in NONSENSE.items() for value in values]


def loaded(environments: list[dict[str, str]]) -> list[dict[str, Any]]:
    """What the settings are, or their error, under each of these and nothing else. One process for all: it is dear."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.load_settings"],
        input=json.dumps(environments), capture_output=True, text=True, check=True, cwd=BASE_DIR,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str], dict[str, Any]]:
    environments = []
    for name, value in CASES:
        environment = GOOD | {name: value}
        if name.endswith("_FILE"):
            del environment[name.removesuffix("_FILE")]
        environments.append(environment)
    return dict(zip(CASES, loaded(environments), strict=True))


@pytest.mark.parametrize(("name", "value"), CASES)
def test_nonsense_stops_the_start(
    answers: dict[tuple[str, str], dict[str, Any]], name: str, value: str
) -> None:
    error = answers[name, value].get("error")
    assert error is not None, "it started"
    last = error.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert name.removesuffix("_FILE") in last
    assert CANARY not in error, "the whole traceback must not show it"
    assert "During handling" not in error or name == "SECRET_KEY_FILE"


def test_a_process_says_so_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**GOOD, "DATABASE_URL": "postgres://u:p4ss/word@h/d", "PATH": os.environ["PATH"]},
        capture_output=True, text=True, cwd=BASE_DIR,
    )  # fmt: skip
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr
    assert "p4ss" not in done.stdout + done.stderr
    assert "word" not in (done.stdout + done.stderr).replace("password", "")


def test_what_nobody_sets_is_safe() -> None:
    minimal = {name: value for name, value in GOOD.items() if name != "ENVIRONMENT"}
    (found,) = loaded([minimal])
    assert found["ENVIRONMENT"] == "production"
    assert (found["DEBUG"], found["DEMO"], found["REQUIRE_MFA"]) == (False, False, True)
    assert found["ALLOWED_HOSTS"] == ["desk.example"]
    assert "django.contrib.admin" not in found["INSTALLED_APPS"]
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["SECURE_PROXY_SSL_HEADER"] is None, "nobody's word for https without a proxy"
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] in (None, True)
    assert found["SESSION_COOKIE_SAMESITE"] == "Lax"
    limits = found["ACCOUNT_RATE_LIMITS"]
    assert limits["login_failed"] == "5/15m/key,20/15m/ip"
    assert "/key" in limits["reset_password"]


def test_the_policy_of_the_browser_allows_nothing_unsafe() -> None:
    plain, with_files = loaded([GOOD, GOOD | {"FILES_HOST": "files.example"}])
    for found in (plain, with_files):
        policy = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
        assert policy["default-src"] == ["'self'"]
        assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
        assert policy["form-action"] == ["'self'"]
        assert "script-src" not in policy
        assert not [word for words in policy.values() for word in words if "unsafe" in word]
        assert not [word for words in policy.values() for word in words if "*" in word]
    assert "https://files.example" in with_files["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"]


def test_plain_http_is_for_this_machine_alone() -> None:
    (found,) = loaded([GOOD | {"SITE_URL": "http://127.0.0.1:8000"}])
    assert "error" not in found
    assert found["SESSION_COOKIE_NAME"] == "session_8000"
    assert found["SESSION_COOKIE_SECURE"] is False


def test_djangos_own_check_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**GOOD, "PATH": os.environ["PATH"]},
        capture_output=True, text=True, cwd=BASE_DIR,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
