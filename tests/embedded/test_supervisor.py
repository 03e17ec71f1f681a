"""The supervisor restarts what dies, stops in order, and leaves nothing behind, however it ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpdesk.embedded import tether
from helpdesk.embedded.process import Child, Spec, StartError
from helpdesk.embedded.supervisor import Supervisor
from tests.embedded.running import alive, descendants, eventually, needs_proc

BASE_DIR = Path(__file__).resolve().parents[2]
SLEEP = Spec("sleeper", ("/bin/sleep", "300"))


@contextmanager
def supervising() -> Iterator[tuple[Supervisor, io.StringIO]]:
    out = io.StringIO()
    supervisor = Supervisor(out)
    try:
        yield supervisor, out
    finally:
        supervisor.stop()


@contextmanager
def small_supervisor(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.embedded.small_supervisor", str(folder)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if line == "up\n":
                break
        try:
            yield process
        finally:
            process.kill()


def named(pids: set[int], word: str) -> set[int]:
    """Those with the word in their command line."""
    lines = {pid: Path(f"/proc/{pid}/cmdline") for pid in alive(pids)}
    return {pid for pid, line in lines.items() if word.encode() in line.read_bytes()}


def grown(supervisor: int) -> set[int]:
    """All below it, once the grandchild runs."""
    assert eventually(lambda: named(descendants(supervisor), "sleep\0"))
    return descendants(supervisor)


@needs_proc
def test_kill_9_of_the_supervisor_leaves_nothing(checkout: Path) -> None:
    with small_supervisor(checkout) as process:
        below = grown(process.pid)
        assert named(below, "tether.py")
        assert named(below, "bin/postgres")
        assert named(below, "valkey-server")
        process.kill()
        process.wait()
        assert eventually(lambda: not alive(below)), alive(below)


@needs_proc
def test_kill_9_of_supervisor_and_tether_at_once_leaves_no_service(checkout: Path) -> None:
    with small_supervisor(checkout) as process:
        below = grown(process.pid)
        grandchild = named(below, "sleep\0")  # only the tether reaches it
        for pid in (*named(below, "tether.py"), process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        try:
            assert eventually(lambda: alive(below) == grandchild), alive(below)
        finally:
            for pid in alive(below):
                os.kill(pid, signal.SIGKILL)


def test_the_tether_ends_what_ignores_a_polite_signal() -> None:
    stubborn = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; echo; while :; do sleep 0.05; done"],
        process_group=0,
        stdout=subprocess.PIPE,
    )
    assert stubborn.stdout
    stubborn.stdout.readline()
    tether.end_all({stubborn.pid: signal.SIGTERM}, patience=0.2)
    assert stubborn.wait(5) == -signal.SIGKILL
    stubborn.stdout.close()


def test_the_tether_lets_go_of_what_was_released() -> None:
    held: dict[int, int] = {}
    tether.follow(["+10 15", "+11 2", "-10"], held)
    assert held == {11: 2}


def test_what_dies_is_started_again() -> None:
    with supervising() as (supervisor, out):
        child = supervisor.child(SLEEP)
        supervisor.keep(child)
        first = child.pid
        child.signal(signal.SIGKILL)

        def again() -> bool:
            supervisor.look()
            return child.running() and child.pid != first

        assert eventually(again)
        assert "sleeper ended (exit -9); starting it again in 1 s" in out.getvalue()


def test_the_pause_grows_while_it_keeps_dying() -> None:
    with supervising() as (supervisor, out):
        child = supervisor.child(Spec("faller", ("/bin/false",)))
        supervisor.keep(child)

        def twice() -> bool:
            supervisor.look()
            return "again in 2 s" in out.getvalue()

        assert eventually(twice)
        assert out.getvalue().index("again in 1 s") < out.getvalue().index("again in 2 s")


def test_lines_carry_their_name_and_hushed_ones_stay_away() -> None:
    with supervising() as (supervisor, out):
        script = "echo one; echo secret noise; printf 'bad \\377 byte\\n'"
        supervisor.run_once(Spec("talker", ("/bin/sh", "-c", script), hush="noise"))
        assert eventually(lambda: "byte" in out.getvalue())
        assert out.getvalue() == "talker   | one\ntalker   | bad \ufffd byte\n"


def test_a_failing_step_is_an_error() -> None:
    with supervising() as (supervisor, _), pytest.raises(StartError, match="step failed"):
        supervisor.run_once(Spec("step", ("/bin/false",)))


def test_stopping_goes_by_steps_and_services_come_last(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def speaker(name: str, seconds: float) -> Spec:
        script = f"trap 'echo {name} >>{log}; exit' TERM; echo up; while :; do sleep 0.02; done"
        return Spec(name, ("/bin/sh", "-c", script), stops=((signal.SIGTERM, seconds),))

    out = io.StringIO()
    supervisor = Supervisor(out)
    service, web, deaf = (
        supervisor.child(spec)
        for spec in (
            speaker("service", 5),
            speaker("web", 5),
            Spec(
                "deaf",
                ("/bin/sh", "-c", "trap '' TERM; echo up; sleep 300"),
                stops=((signal.SIGTERM, 0.2),),
            ),
        )
    )
    for child in (service, web, deaf):
        supervisor.keep(child)
    assert eventually(lambda: out.getvalue().count("up") == 3)
    began = time.monotonic()
    supervisor.stop((service,))
    assert time.monotonic() - began < 5
    assert log.read_text().split() == ["web", "service"]
    assert not any(child.running() for child in (service, web, deaf))


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_only() -> None:
    with supervising() as (supervisor, _):
        child = supervisor.child(SLEEP)
        supervisor.keep(child)
        assert os.getpgid(child.pid) != os.getpgid(0)


def test_a_childs_leftovers_end_with_it(tmp_path: Path) -> None:
    with supervising() as (supervisor, _):
        note = tmp_path / "pid"
        script = f"sleep 300 & echo $! >{note}; exit 0"
        child = supervisor.child(Spec("careless", ("/bin/sh", "-c", script)))
        child.start()
        assert eventually(lambda: not child.running())
        assert eventually(lambda: not alive({int(note.read_text())}))


def test_a_child_that_never_started_can_be_stopped() -> None:
    with supervising() as (supervisor, _):
        child: Child = supervisor.child(SLEEP)
        child.stop()
        assert not child.running()
