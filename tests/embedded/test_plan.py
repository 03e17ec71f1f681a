"""What `make run` makes of the environment it is started in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.demo.staff import WORKERS
from helpdesk.embedded import plan

SECRETS = {"SECRET_KEY": "s" * 40, "ENCRYPTION_KEYS": "e", "DEMO_PASSWORD": "d"}
OWN = {"DATABASE_URL": "postgres://own", "REDIS_URL": "unix://own"}
THEIRS = {"DATABASE_URL": "postgres://theirs", "REDIS_URL": "redis://theirs"}
PORTS = plan.Ports("127.0.0.1", 9001)
HERE = Path("/checkout")


def environment(environ: dict[str, str], ports: plan.Ports = PORTS) -> dict[str, str]:
    services = OWN if plan.uses_own_services(environ) else {}
    return plan.environment(environ, ports, SECRETS, HERE / "files", services)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_bare_start_is_a_demo_on_services_of_its_own() -> None:
    env = environment({})
    assert env["DEMO"] == "1"
    assert env["ENVIRONMENT"] == "local"
    assert env["DATABASE_URL"] == "postgres://own"
    assert env["SITE_URL"] == "http://127.0.0.1:9001"
    assert env["SANDBOX_URL"] == "http://127.0.0.1:9002"
    assert "TELEGRAM_API_BASE" not in env  # a real bot beside the demo needs a token and no more
    assert env["DEMO_PASSWORD"] == "d"
    assert [spec.name for spec in plan.steps(HERE, env)] == ["migrate", "demo"]
    names = [spec.name for spec in plan.processes(HERE, env, PORTS)]
    assert names == ["web", "worker", "puller", "webhooks", "beat", "sandbox"]


def test_other_services_mean_no_demo() -> None:
    env = environment(THEIRS)
    assert env["DEMO"] == "0"
    assert env["DATABASE_URL"] == "postgres://theirs"
    assert not {"SANDBOX_URL", "TELEGRAM_API_BASE", "DEMO_PASSWORD"} & set(env)
    assert [spec.name for spec in plan.steps(HERE, env)] == ["migrate"]
    assert "sandbox" not in [spec.name for spec in plan.processes(HERE, env, PORTS)]


@pytest.mark.parametrize(
    ("environ", "demo"),
    [
        ({**THEIRS, "DEMO": "1"}, "1"),
        ({**THEIRS, "DEMO": "yes"}, "1"),
        ({**THEIRS, "DEMO": ""}, "0"),
        ({"DEMO": "0"}, "0"),
        ({"DATABASE_URL": "", "REDIS_URL": ""}, "1"),
        ({"DATABASE_URL_FILE": "/run/a", "REDIS_URL_FILE": "/run/b"}, "0"),
    ],
)
def test_demo_only_where_it_is_wanted(environ: dict[str, str], demo: str) -> None:
    assert environment(environ)["DEMO"] == demo


@pytest.mark.parametrize("only", ["DATABASE_URL", "REDIS_URL"])
def test_one_service_without_the_other_is_refused(only: str) -> None:
    with pytest.raises(plan.PlanError, match="both"):
        plan.uses_own_services({only: THEIRS[only]})


def test_what_the_user_says_wins_but_not_the_role_of_evaluation() -> None:
    env = environment(
        {
            "SITE_URL": "https://desk.example",
            "ENVIRONMENT": "production",
            "TELEGRAM_API_BASE": "http://x",
        }
    )
    assert env["SITE_URL"] == "https://desk.example"
    assert env["TELEGRAM_API_BASE"] == "http://x"
    assert env["ENVIRONMENT"] == "local"


def test_a_secret_in_a_file_is_not_overruled() -> None:
    env = environment({"SECRET_KEY_FILE": "/run/key"})
    assert "SECRET_KEY" not in env
    assert env["SECRET_KEY_FILE"] == "/run/key"


def test_port_is_taken_exactly_with_the_sandbox_beside_it() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    ports = plan.choose_ports({"PORT": str(port)})
    assert (ports.host, ports.web, ports.sandbox) == ("127.0.0.1", port, port + 1)


@pytest.mark.parametrize("beside", [0, 1])
def test_a_wanted_port_that_is_in_use_is_said(taken: int, beside: int) -> None:
    with pytest.raises(plan.PlanError, match=f"{taken} on 127.0.0.1 is in use"):
        plan.choose_ports({"PORT": str(taken - beside)})


@pytest.mark.parametrize("wish", ["web", "0", "65535", "-1", "1e3", "٨٠٠٠"])
def test_a_port_that_is_none_is_said(wish: str) -> None:
    with pytest.raises(plan.PlanError, match="PORT: must be a number"):
        plan.choose_ports({"PORT": wish})


def test_without_a_wish_the_first_free_pair_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = {8000, 8011}
    monkeypatch.setattr(plan, "_free", lambda host, port: port not in busy)
    assert plan.choose_ports({}).web == 8020


@pytest.mark.parametrize(
    ("host", "site", "hosts"),
    [
        ("127.0.0.1", "http://127.0.0.1:9001", None),
        ("192.168.1.5", "http://192.168.1.5:9001", None),
        ("0.0.0.0", "http://127.0.0.1:9001", "*"),
        ("::1", "http://[::1]:9001", None),
    ],
)
def test_host_says_who_may_come(host: str, site: str, hosts: str | None) -> None:
    env = environment({"HOST": host}, plan.Ports(host, 9001))
    assert env["SITE_URL"] == site
    assert env.get("ALLOWED_HOSTS") == hosts


def test_the_first_lines_name_url_logins_and_sandbox() -> None:
    lines = plan.banner({"PORT": "9001"}, environment({}), PORTS).splitlines()[:8]
    said = "\n".join(lines)
    for word in (
        "evaluation only",
        "http://127.0.0.1:9001/",
        "http://127.0.0.1:9001/enter/",
        "mia, elif,",
        "each @kavira.example",
        "Password d",
        "http://127.0.0.1:9002/",
    ):
        assert word in said


def test_the_logins_are_those_that_loaddemo_makes() -> None:
    expected = [f"{name}@{plan.DEMO_DOMAIN}" for name in plan.DEMO_STAFF]
    assert [worker.email for worker in WORKERS] == expected


def test_without_a_demo_the_first_lines_promise_none() -> None:
    said = plan.banner({}, environment(THEIRS), PORTS)
    assert "http://127.0.0.1:9001/" in said
    assert "Port 8000 is in use; this one is on 9001." in said
    assert not [word for word in ("enter", "Password", "Sandbox") if word in said]


def test_an_open_host_is_warned_of() -> None:
    ports = plan.Ports("0.0.0.0", 8000)
    assert "whoever reaches this machine" in plan.banner({}, environment({}, ports), ports)


def test_the_web_process_ends_although_a_stream_is_open() -> None:
    web = next(spec for spec in plan.processes(HERE, environment({}), PORTS) if spec.name == "web")
    position = web.argv.index("--timeout-graceful-shutdown")
    patience = float(web.argv[position + 1])
    assert patience < sum(seconds for _, seconds in web.stops)
