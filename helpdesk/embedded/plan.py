"""What `make run` runs, and in which environment. Pure: it starts nothing."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from helpdesk.embedded.process import Spec

FIRST_PORT = 8000
# Who `loaddemo` makes (connectors/demo/staff.py); all with the one password of this installation.
DEMO_STAFF = ("mia", "elif", "arman", "wei", "grace", "zhao", "noor")
DEMO_DOMAIN = "kavira.example"
WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to
# Other commands on this checkout must see these as our processes do.
_PASSED = (
    "TELEGRAM_API_BASE DATABASE_URL REDIS_URL CACHE_URL BROKER_URL PUBSUB_URL ALLOWED_HOSTS FILES_HOST "
    "TRUSTED_PROXIES WEBHOOK_ALLOWED_NETWORKS"
).split()
# Without the time-out an open event stream keeps uvicorn alive for ever; whose forwarded headers count is
# TRUSTED_PROXIES' to say, not uvicorn's.
_UVICORN = (
    "--no-proxy-headers --timeout-graceful-shutdown 3 --no-access-log --log-level warning".split()
)
_CELERY = "--quiet -A helpdesk".split()
_ALONE = "--without-gossip --without-mingle"
# As root, too, the tasks are our own and their messages JSON.
_NO_LECTURE = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}


class PlanError(Exception):
    """The environment asks for something that cannot be done."""


@dataclass(frozen=True)
class Ports:
    """Where the desk and the sandbox listen."""

    host: str
    web: int

    @property
    def sandbox(self) -> int:
        """Beside the desk."""
        return self.web + 1

    def url(self, port: int) -> str:
        """The address for a browser on this machine."""
        name = "127.0.0.1" if self.host in WILDCARDS else self.host
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def given(environ: Mapping[str, str], name: str) -> bool:
    """Whether the user set this variable, or its NAME_FILE."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def uses_own_services(environ: Mapping[str, str]) -> bool:
    """False when the user named both a database and a Redis. Raises PlanError for one without the other."""
    database, redis = given(environ, "DATABASE_URL"), given(environ, "REDIS_URL")
    if database != redis:
        raise PlanError("Set both DATABASE_URL and REDIS_URL, or neither.")
    return not database


def is_demo(environ: Mapping[str, str]) -> bool:
    """Demo data, logins and sandbox: yes on our own services, on others only when DEMO asks for it."""
    wish = environ.get("DEMO", "").strip().lower()
    return wish in ("1", "true", "yes", "on") if wish else uses_own_services(environ)


def choose_ports(environ: Mapping[str, str]) -> Ports:
    """PORT if given, else the first free pair from 8000 on. Raises PlanError when PORT is taken."""
    host = environ.get("HOST") or "127.0.0.1"
    wish = environ.get("PORT", "")
    if wish:
        return _exactly(host, wish)
    for port in range(FIRST_PORT, FIRST_PORT + 200, 10):
        if _free(host, port) and _free(host, port + 1):
            return Ports(host, port)
    raise PlanError(f"No free port between {FIRST_PORT} and {FIRST_PORT + 200}: say PORT=...")


def _exactly(host: str, wish: str) -> Ports:
    if not wish.isascii() or not wish.isdigit() or not 1 <= int(wish) <= 65534:
        raise PlanError("PORT: must be a number from 1 to 65534.")
    ports = Ports(host, int(wish))
    for port in (ports.web, ports.sandbox):
        if not _free(host, port):
            raise PlanError(f"PORT: {port} on {host} is in use, or not ours to take.")
    return ports


def _free(host: str, port: int) -> bool:
    try:
        with socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        ):
            return True
    except OSError:
        return False


def environment(
    environ: Mapping[str, str],
    ports: Ports,
    secrets: Mapping[str, str],
    files: Path,
    services: Mapping[str, str],
) -> dict[str, str]:
    """The variables of every process; what the user set wins. `services`: DATABASE_URL and REDIS_URL, or nothing."""
    defaults = {
        "SECRET_KEY": secrets["SECRET_KEY"],
        "ENCRYPTION_KEYS": secrets["ENCRYPTION_KEYS"],
        "SITE_URL": ports.url(ports.web),
        "FILES_ROOT": str(files),
        "REQUIRE_MFA": "0",
        "PULL_TIMEOUT": "2",  # seconds: so that a puller ends, and gives its lease back, when told
        **({"ALLOWED_HOSTS": "*"} if ports.host in WILDCARDS else {}),
        **services,
    }
    demo = is_demo(environ)
    if demo:
        defaults |= {
            "SANDBOX_URL": ports.url(ports.sandbox),
            "DEMO_PASSWORD": secrets["DEMO_PASSWORD"],
        }
    chosen = {name: value for name, value in defaults.items() if not given(environ, name)}
    names = {*defaults, *_PASSED}
    passed = {
        name: value
        for name, value in environ.items()
        if value and name.removesuffix("_FILE") in names
    }
    fixed = {
        "ENVIRONMENT": "local",
        "DEMO": str(int(demo)),
        "HOST": ports.host,
        "PORT": str(ports.web),
    }
    return {**chosen, **passed, **fixed}


def banner(environ: Mapping[str, str], env: Mapping[str, str], ports: Ports) -> str:
    """The first lines: where to go, who to be, and what this is not."""
    site = env["SITE_URL"]
    lines = ["", "Helpdesk, for evaluation only", "", f"  Desk     {site}/"]
    if env["DEMO"] == "1":
        lines += [
            f"  Enter    {site}/enter/  (as any of the demo staff, with one click)",
            f"  Logins   {', '.join(DEMO_STAFF)}: each @{DEMO_DOMAIN}",
            f"  Password {env.get('DEMO_PASSWORD', '(from DEMO_PASSWORD_FILE)')}",
            f"  Sandbox  {env['SANDBOX_URL']}/  (write as a customer)",
            f"  Form     {site}/help/contact/  (or here, as one without a chat)",
        ]
    lines += ["  Stop     Ctrl-C", ""]
    if ports.host in WILDCARDS:
        lines += [f"HOST={ports.host}: whoever reaches this machine can open it.", ""]
    if ports.web != FIRST_PORT and not environ.get("PORT"):
        lines += [f"Port {FIRST_PORT} is in use; this one is on {ports.web}.", ""]
    return "\n".join(lines)


def steps(base_dir: Path, env: Mapping[str, str]) -> list[Spec]:
    """What runs once, in this order, before the processes."""
    migrate = _manage("migrate", base_dir, env, "migrate", "--no-input", "--verbosity", "0")
    demo = _manage("demo", base_dir, env, "loaddemo")
    return [migrate, demo] if env["DEMO"] == "1" else [migrate]


def _manage(name: str, base_dir: Path, env: Mapping[str, str], *arguments: str) -> Spec:
    argv = (sys.executable, "manage.py", *arguments)
    return Spec(name, argv, env, cwd=base_dir, hush="is there already")


def processes(base_dir: Path, env: Mapping[str, str], ports: Ports) -> list[Spec]:
    """What runs for ever: web, worker, puller, webhooks, beat, and in a demo the sandbox."""

    def uvicorn(name: str, application: str, port: int) -> Spec:
        where = ("--host", ports.host, "--port", str(port))
        return _module(
            name, base_dir, {**env, "ROLE": "web"}, "uvicorn", application, *where, *_UVICORN
        )

    def celery(name: str, role: str, options: str) -> Spec:
        words = (*_CELERY, role, "--loglevel", "WARNING", *options.split())
        spec = _module(name, base_dir, {**env, "ROLE": role, **_NO_LECTURE}, "celery", *words)
        return replace(spec, hush="(Warm|Cold) shutdown|Hitting Ctrl")

    worker = celery("worker", "worker", f"{_ALONE} -Q celery -c 2 -n worker@%h")
    # Its own queue: long polls must not keep the others waiting.
    puller = celery("puller", "worker", f"{_ALONE} -Q pull -P threads -c 4 -n puller@%h")
    # Whoever is called by a webhook may be slow.
    webhooks = celery("webhooks", "worker", f"{_ALONE} -Q webhooks -P threads -c 4 -n webhooks@%h")
    # The schedule is in the settings: nothing to keep in a file.
    beat = celery("beat", "beat", "--scheduler celery.beat:Scheduler --pidfile=")
    web = uvicorn("web", "helpdesk.asgi:application", ports.web)
    sandbox = uvicorn("sandbox", "connectors.sandbox.asgi:application", ports.sandbox)
    return [web, worker, puller, webhooks, beat, *([sandbox] if env["DEMO"] == "1" else [])]


def _module(name: str, base_dir: Path, env: Mapping[str, str], *words: str) -> Spec:
    # A long poll or a stream is cut after some seconds; by design nothing is lost then.
    stops = ((signal.SIGTERM, 4.0),)
    return Spec(name, (sys.executable, "-m", *words), env, cwd=base_dir, stops=stops)
