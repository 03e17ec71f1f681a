"""Every service of docker-compose.yml by its own command, in production's settings: healthy, and it does its work.

First on PostgreSQL itself, then once more with PgBouncer in transaction mode before it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from connectors.sandbox import world
from tests.deployment.containers import LONG, Containers
from tests.sandbox_process import SandboxProcess
from tests.services import OwnServices

POOLER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "correct horse, and more"
THROUGH_THE_PROXY = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    with OwnServices(durable=False) as services:
        running = Containers(tmp_path_factory.mktemp("containers"), services)
        try:
            running.migrate()
            yield running
        finally:
            running.close()


@pytest.fixture
def containers(_built: Containers) -> Iterator[Containers]:
    """Nothing of ours runs yet."""
    yield _built
    _built.stop()


class Desk:
    """The desk as the outside, a browser and the database see it."""

    def __init__(self, containers: Containers, sandbox: SandboxProcess) -> None:
        self.containers, self.sandbox = containers, sandbox
        self.browser = httpx.Client(
            base_url=containers.url, headers=THROUGH_THE_PROXY, timeout=30, trust_env=False,
            follow_redirects=True,
        )  # fmt: skip

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.containers.services.pair.postgres.url()) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: str) -> None:
        with psycopg.connect(self.containers.services.pair.postgres.url()) as connection:
            connection.execute(statement)

    def manage(self, *words: str, said: str, **values: str) -> None:
        self.containers.run("worker", ["python", "manage.py", *words], values, said)

    def sign_in(self) -> None:
        page = self.browser.get("/accounts/login/").text
        data = {"login": "alice@desk.example", "password": PASSWORD, **hidden(page)}
        answer = self.browser.post("/accounts/login/", data=data)
        assert answer.url.path == "/tickets/", answer.text[:2000]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms, the last of a name."""
    fields = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    pairs = ((re.search(r'name="([^"]+)"', f), re.search(r'value="([^"]*)"', f)) for f in fields)
    return {name[1]: value[1] for name, value in pairs if name and value}


def test_every_service_is_healthy_by_its_own_command_and_pages_have_hashed_names(
    containers: Containers,
) -> None:
    assert not containers.healthy("web")
    containers.start(containers.services.pair.postgres.url())
    with httpx.Client(
        base_url=containers.url, headers=THROUGH_THE_PROXY, trust_env=False
    ) as client:
        assert client.get("/readyz").json() == {"database": True, "hints": True}
        page = client.get("/accounts/login/").text
        names = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)
        assert names
        for name in names:
            assert re.search(r"\.[0-9a-f]{12}\.(css|js)$", name), name
            answer = client.get(name)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]
        # Asked by another name, as no browser of ours would.
        assert client.get("/livez", headers={"Host": "elsewhere.example"}).status_code == 400
    containers.eventually(
        lambda: {"connectors.tasks.drain_inbox", "webhooks.tasks.work"} <= finished(containers),
        "the workers have done what beat has asked for",
    )
    # No page may keep a connection for long; a worker's work may take its time.
    assert statement_timeout(containers, "web") == "5s"
    assert statement_timeout(containers, "worker") == "0"
    containers.stop()
    assert [name for name in LONG if containers.healthy(name)] == []


def statement_timeout(containers: Containers, name: str) -> str:
    ask = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'helpdesk.settings'; django.setup();"
        "from django.db import connection; cursor = connection.cursor();"
        "cursor.execute('SHOW statement_timeout'); print(cursor.fetchone()[0])"
    )
    return containers.run(name, ["python", "-c", ask], {}).split()[-1]


def finished(containers: Containers) -> set[str]:
    """Which tasks worker, puller and webhooks say that they have done; none unless all answer in time."""
    words = "-m celery --quiet -A helpdesk inspect stats --json --timeout 2".split()
    try:
        said = json.loads(containers.run("worker", ["python", *words], {}))
    except AssertionError:
        return set()
    if {name.partition("@")[0] for name in said} != {"worker", "puller", "webhooks"}:
        return set()
    return {task for stats in said.values() for task in stats["total"]}


@pytest.mark.skipif(
    POOLER is None and not os.environ.get("CI"), reason="PgBouncer is not installed"
)
def test_the_main_path_works_through_pgbouncer(
    containers: Containers, sandbox: SandboxProcess
) -> None:
    assert POOLER, "needed in CI"
    sandbox.limits(False)
    pooled = containers.start_pooler(POOLER)
    containers.start(f"{pooled}/helpdesk", "pgbouncer")
    desk = Desk(containers, sandbox)
    desk.manage(
        "person", "add", "alice@desk.example", "--name", "Alice", "--password", "-",
        said=PASSWORD, DB_POOL="pgbouncer",
    )  # fmt: skip
    desk.manage(
        "channel", "add", "telegram", "--name", "Kite", "--token", "-", "--api-base", sandbox.url,
        said=sandbox.token, DB_POOL="pgbouncer",
    )  # fmt: skip
    desk.change("update accounts_user set undo_seconds = 0")
    with desk.browser:
        _a_message_becomes_a_ticket_and_an_answer_arrives(desk)
        _a_clock_that_has_run_out_is_found(desk)
    with psycopg.connect(f"{pooled}/pgbouncer", autocommit=True) as admin:
        cursor = psycopg.ClientCursor(admin)
        cursor.execute("show stats")
        assert cursor.description
        at = [column.name for column in cursor.description].index("total_xact_count")
        assert max(int(row[at]) for row in cursor.fetchall()) > 50


def _a_message_becomes_a_ticket_and_an_answer_arrives(desk: Desk) -> None:
    desk.sandbox.say("dana", "private", "where is my deposit?")
    desk.containers.eventually(
        lambda: desk.rows("select 1 from tickets_ticket"), "the message is a ticket"
    )
    ((number, last),) = desk.rows(
        "select number, (select max(id) from tickets_ticketevent) from tickets_ticket"
    )
    desk.sign_in()
    assert f"/tickets/{number}/" in desk.browser.get("/tickets/?view=unassigned").text
    address = f"/tickets/{number}/"
    page = desk.browser.get(address).text
    audience = re.findall(r'name="audience"[^>]*value="([^"]+)"', page)[0]
    with desk.browser.stream("GET", f"/live/?after={last}") as stream:
        answer = {**hidden(page), "text": "It is on its way.", "audience": audience}
        assert desk.browser.post(f"{address}replies/", data=answer).status_code == 200
        ids = (int(line[4:]) for line in stream.iter_lines() if line.startswith("id: "))
        assert next(new for new in ids if new > last)
    desk.containers.eventually(
        lambda: "It is on its way." in desk.sandbox.bot_texts("private", "dana"),
        "the answer has arrived",
    )


def _a_clock_that_has_run_out_is_found(desk: Desk) -> None:
    desk.sandbox.say(world.crowd()[1].key, "private", "ikinci soru: param nerede?")
    running = "from tickets_slaclock where due_at is not null and met_at is null"
    desk.containers.eventually(lambda: desk.rows(f"select 1 {running}"), "a clock runs")
    ((clock,),) = desk.rows(f"select id {running} limit 1")
    desk.change(
        "update tickets_slaclock set due_at = now() - interval '1 minute',"
        f" warn_at = now() - interval '2 minutes' where id = {clock}"
    )
    desk.containers.eventually(
        lambda: desk.rows(f"select breached_at from tickets_slaclock where id = {clock}")[0][0],
        "the sweep has found it",
    )
