"""The settings that docs/growing.md names: each one as a process would meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.cast import Desk, closed
from tests.deployment.bucket import BUCKET

BASE_DIR = Path(__file__).resolve().parents[2]
NOWHERE = "postgres://nobody@127.0.0.1:9/none"


def process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Python with these words, in this test's environment and the given one."""
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **env}, cwd=BASE_DIR, capture_output=True, text=True,
    )  # fmt: skip


def told(program: str, **env: str) -> Any:
    """What the program, run after Django's setup, says as JSON."""
    setup = "import json, django; django.setup(); from django.conf import settings\n"
    done = process("-c", setup + program, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- DATABASE_URL_DIRECT


def test_migrations_go_around_the_pooler(tmp_path: Path) -> None:
    direct = tmp_path / "direct"
    direct.write_text(os.environ["DATABASE_URL"])
    pooled = {"DATABASE_URL": NOWHERE, "DB_POOL": "pgbouncer"}
    plan = ("manage.py", "migrate", "--plan")
    assert process(*plan, **pooled).returncode
    assert process(*plan, **pooled, DATABASE_URL_DIRECT_FILE=str(direct)).returncode == 0


def test_everything_else_does_not() -> None:
    env = {"DATABASE_URL": NOWHERE, "DATABASE_URL_DIRECT": os.environ["DATABASE_URL"]}
    assert told("print(json.dumps(settings.DATABASES['default']['PORT']))", **env) == 9


# --- DATABASE_REPLICA_URL

ALIASES = """
from django.db import transaction
from accounts.models import User
from helpdesk import replica
from tickets.models import Ticket

def where():
    return [Ticket.objects.all().db, Ticket.objects.select_for_update().db]

found = {"outside": where()}
with replica.reading():
    found["reading"] = where()
    copied = Ticket(number=1)
    copied._state.db = "replica"
    from django.db import router
    found["saved"] = router.db_for_write(Ticket, instance=copied)
    found["after a write"] = where()
found["over"] = where()
with replica.reading():
    found["anew"] = where()
try:
    with transaction.atomic(), replica.reading():
        found["in a transaction"] = where()
except Exception as error:
    found["in a transaction"] = repr(error)
found["migrated"] = [router.allow_migrate(alias, "tickets") for alias in settings.DATABASES]
print(json.dumps(found))
"""


def test_only_who_asks_for_it_reads_the_replica_and_never_after_a_write() -> None:
    found = told(ALIASES, DATABASE_REPLICA_URL=NOWHERE)
    ours = ["default", "default"]
    assert found == {
        "outside": ours,
        "reading": ["replica", "default"],
        "saved": "default",
        "after a write": ours,
        "over": ours,
        "anew": ["replica", "default"],
        "in a transaction": ours,
        "migrated": [True, False],
    }


def test_without_a_replica_the_same_words_ask_the_server() -> None:
    found = told(ALIASES)
    assert found["reading"] == found["anew"] == ["default", "default"]


# --- STORAGE

S3 = {
    "STORAGE": "s3", "S3_BUCKET": BUCKET, "S3_ENDPOINT": "https://s3.example/", "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "hush-hush",
}  # fmt: skip


def test_files_in_a_bucket_by_settings_alone() -> None:
    program = (
        "from django.core.files.storage import default_storage as s\n"
        "print(json.dumps([type(s._wrapped).__name__ if s.bucket_name else 0, s.bucket_name, s.endpoint_url]))"
    )
    assert told(program, **S3) == ["Bucket", BUCKET, "https://s3.example"]


@pytest.mark.parametrize("missing", ["S3_BUCKET", "S3_SECRET_KEY"])
def test_half_a_bucket_is_none(missing: str) -> None:
    env = {name: value for name, value in S3.items() if name != missing}
    done = process("-c", "import django; django.setup()", **env)
    assert done.returncode
    assert f"{missing}: not set" in done.stderr
    assert "hush" not in done.stderr


# --- BROKER_URL

BROKER = """
from helpdesk.celery import app
from connectors.tasks import pull_channel
from helpdesk.hints import send
app.finalize()
send(pull_channel, 1)
queues = {name: app.amqp.queues[name].queue_arguments for name in settings.QUEUES}
print(json.dumps({"transport": app.connection().transport_cls, "queues": queues}))
"""


def test_rabbitmq_gets_replicated_queues_and_one_that_is_away_stops_nobody() -> None:
    """No RabbitMQ runs here: this shows what Celery makes of the settings, not what the server makes of that."""
    found = told(BROKER, BROKER_URL="amqp://desk:secret@127.0.0.1:9//")
    quorum = {"x-queue-type": "quorum"}
    assert found == {
        "transport": "amqp",
        "queues": {"celery": quorum, "pull": quorum, "webhooks": quorum},
    }


def test_a_broker_of_another_kind_is_refused() -> None:
    done = process("-c", "import django; django.setup()", BROKER_URL="sqs://key:secret@")
    assert done.returncode
    assert "BROKER_URL: must start with" in done.stderr
    assert "secret" not in done.stderr


# --- ROLE


@pytest.mark.django_db
def test_a_process_for_streams_serves_nothing_else(
    desk: Desk, client: Client, settings: Any
) -> None:
    settings.ROLE = "sse"
    client.force_login(desk.alice)
    for path in ("/", "/tickets/", "/accounts/login/", "/api/v1/tickets/", "/live/x"):
        assert client.get(path).status_code == 404
    assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
    answer = client.get("/live/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    closed(answer)
