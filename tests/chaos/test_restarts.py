"""R12. New versions, full disks, dead workers: nobody's request is lost, and nothing is half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import httpx
import psycopg
import pytest

from helpdesk.embedded.process import Child
from tests.chaos.desk import QUIET, UVICORN, Desk, token_of, wait_until
from tests.chaos.figures import tell
from tests.chaos.size import sized
from tests.live import free_port

ROLLS = sized(small=1, full=20)
pytestmark = pytest.mark.timeout(sized(small=240, full=600))


@pytest.fixture(scope="module")
def desk(standing_desk: Desk) -> Desk:
    return standing_desk


def address(desk: Desk, what: str) -> str:
    (row,) = desk.rows("select number from tickets_ticket")
    return f"/tickets/{row['number']}/{what}"


class Balancer:
    """What a proxy does: by turns, and to the next one when a connection is refused."""

    def __init__(self, ports: list[int], cookies: httpx.Cookies) -> None:
        self._turns = cycle(ports)
        self._cookies = dict(cookies.items())
        self.statuses: Counter[int] = Counter()
        self.lost = 0

    def ask(self, path: str, data: dict[str, str] | None = None) -> httpx.Response | None:
        """A connection for each request: kept ones would have to be given up politely."""
        for _try in range(100):
            url = f"http://127.0.0.1:{next(self._turns)}{path}"
            try:
                with httpx.Client(
                    trust_env=False, timeout=30, cookies=self._cookies, headers={"Host": self.host}
                ) as line:
                    answer = line.post(url, data=data) if data else line.get(url)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                time.sleep(0.05)
                continue
            except httpx.TransportError:
                self.lost += 1
                return None
            self.statuses[answer.status_code] += 1
            return answer
        raise AssertionError("nobody listens")

    host = ""


def roll(child: Child, port: int) -> None:
    """As a deployment does: ask it to end, wait, start the next, wait until it answers."""
    child.signal(signal.SIGTERM)
    assert child.wait(20), "it does not end"
    child.start()
    wait_until(lambda: _answers(port), 90, "the next one does not come")


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_a_rolling_restart_costs_no_request(desk: Desk) -> None:
    port = free_port()
    second = desk.services.spawn(
        "web2", *UVICORN, "--port", str(port), *QUIET, env=dict(desk.web.spec.env)
    )
    wait_until(lambda: _answers(port), 90)
    agent = desk.sign_in()
    proxy = Balancer([desk.port, port], agent.cookies)
    proxy.host = f"127.0.0.1:{desk.port}"
    form = {**token_of(agent.get(address(desk, "")))}
    noted: list[str] = []
    done = threading.Event()

    def work() -> None:
        number = 0
        while not done.is_set():
            number += 1
            proxy.ask("/tickets/")
            answer = proxy.ask(address(desk, "notes/"), {**form, "text": f"note {number}"})
            if answer is not None and answer.status_code in (200, 302):
                noted.append(f"note {number}")
            desk.sandbox.say("dana", "private", f"and number {number}")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _roll in range(ROLLS):
            roll(desk.web, desk.port)
            roll(second, port)
            desk.worker.signal(signal.SIGTERM)
            assert desk.worker.wait(60)
            desk.worker.start()
    finally:
        done.set()
        thread.join(60)
        second.kill()
        agent.close()
    tell("R12", "requests during rolling restarts", sum(proxy.statuses.values()))
    tell("R12", "of them lost or 5xx", proxy.lost, "0")
    assert set(proxy.statuses) <= {200, 302}, proxy.statuses
    assert proxy.lost == 0
    kept = Counter(
        row["text"]
        for row in desk.rows("select text from tickets_message where text like 'note %'")
    )
    assert kept == Counter(noted)
    wait_until(desk.is_drained, 120)
    said = {each.text for each in desk.sandbox.ledger().by_people}
    stored = [
        row["text"] for row in desk.rows("select text from tickets_message where kind = 'incoming'")
    ]
    assert sorted(stored) == sorted(said)


def _mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small or read-only disk")


@pytest.fixture
def tiny_disk(desk: Desk) -> Iterator[Path]:
    """A file system of a few megabytes that PostgreSQL may use."""
    folder = desk.services.folder / "tiny"
    folder.mkdir()
    _mount(folder, "size=4m")
    account = desk.services.pair.places.account
    if account:
        os.chown(folder, account.uid, account.gid)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_503_and_what_was_there_stays(desk: Desk, tiny_disk: Path) -> None:
    agent = desk.sign_in()
    page = agent.get(address(desk, ""))
    form = {**token_of(page), "text": _long()}
    notes = desk.count("tickets_message", "kind = 'note'")
    _admin(desk, f"create tablespace tiny location '{tiny_disk}'")
    _admin(desk, "alter table tickets_message set tablespace tiny")
    try:
        filler = tiny_disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                pass
        statuses = Counter(
            agent.post(address(desk, "notes/"), data=form).status_code for _each in range(12)
        )
        refused = agent.post(address(desk, "notes/"), data=form)
        seen = agent.get(address(desk, ""))
        desk.sandbox.say("dana", "private", "said while the disk was full")
        filler.unlink()
        wait_until(
            lambda: desk.count("tickets_message", "text = 'said while the disk was full'") == 1, 120
        )
    finally:
        _admin(desk, "alter table tickets_message set tablespace pg_default")
        _admin(desk, "drop tablespace tiny")
    assert set(statuses) <= {302, 503}, statuses
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert seen.status_code == 200
    assert desk.count("tickets_message", "kind = 'note'") == notes + statuses[302]
    assert agent.post(address(desk, "notes/"), data=form).status_code == 302
    agent.close()


def _long() -> str:
    """What does not shrink when PostgreSQL presses it together."""
    chance = random.Random(5)
    return " ".join(chance.randbytes(4).hex() for _each in range(1_600))


def _admin(desk: Desk, statement: str) -> None:
    with psycopg.connect(
        desk.services.pair.postgres.url("helpdesk"), autocommit=True
    ) as connection:
        connection.execute(statement.encode())


def test_a_desk_that_may_only_read_says_so(desk: Desk) -> None:
    agent = desk.sign_in()
    form = {**token_of(agent.get(address(desk, ""))), "text": "not now"}
    _admin(desk, "alter database helpdesk set default_transaction_read_only = on")
    try:
        _admin(
            desk,
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = user and pid <> pg_backend_pid()",
        )
        seen = [agent.get(address(desk, "")).status_code for _each in range(5)]
        refused = [agent.post(address(desk, "notes/"), data=form) for _each in range(3)]
    finally:
        with psycopg.connect(
            desk.services.pair.postgres.url("postgres"), autocommit=True
        ) as connection:
            connection.execute("alter database helpdesk reset default_transaction_read_only")
        _admin(
            desk,
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = user and pid <> pg_backend_pid()",
        )
    assert set(seen) <= {200, 503}
    assert {each.status_code for each in refused} == {503}
    assert desk.count("tickets_message", "text = 'not now'") == 0
    wait_until(lambda: agent.post(address(desk, "notes/"), data=form).status_code == 302, 60)
    agent.close()


def test_files_that_cannot_be_written_lose_no_words(desk: Desk) -> None:
    """The disk for files has become read-only: the answer says so, nothing is half stored, words alone still go."""
    root = desk.services.folder / "files"
    root.mkdir(exist_ok=True)
    _mount(root, "ro")
    agent = desk.sign_in()
    try:
        token = token_of(agent.get(address(desk, "")))
        (route,) = desk.rows("select id from tickets_conversation where kind = 'private'")
        form = {**token, "text": "see the file", "audience": str(route["id"])}
        file = {"files": ("a.txt", b"words", "text/plain")}
        answer = agent.post(address(desk, "replies/"), data=form, files=file)
        plain = agent.post(address(desk, "replies/"), data={**form, "text": "without a file"})
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert desk.count("tickets_message", "text = 'see the file'") == 0
    assert plain.status_code == 302
    agent.close()
