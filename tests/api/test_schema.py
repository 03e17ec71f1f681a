"""Schemathesis over the whole schema, for three roles: no 5xx, nothing undocumented, answers as the schema says.

SCHEMATHESIS_EXAMPLES=200 makes it dig deeper than the suite has time for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, positive_data_acceptance

from accounts.tokens import make_token
from api.urls import version_1
from tests.cast import DANA, Desk, Outside, opened
from tickets.actions.reply import reply, routes

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
ROLES = ("alice", "bob", "admin")
NOT_OURS = [
    # Whether an id is somebody's is not in the schema: a well-formed request may well be refused.
    positive_data_acceptance,
]

load_all_checks()
document = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))  # type: ignore[no-untyped-call]
schema = schemathesis.openapi.from_dict(document)
schema.app = get_wsgi_application()
known: dict[str, Any] = {}
"""What there really is, by the name of a parameter or key; set for each test."""


@schema.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> Any:
    """Two of three land on a row that is there: what is never found is soon answered."""
    kind = context.operation.path.split("/")[3]
    for name, value in (path_parameters or {}).items():
        if f"{kind}.{name}" in known and _is_id(value):
            path_parameters[name] = known[f"{kind}.{name}"]  # type: ignore[index]
    return path_parameters


@schema.hook
def map_body(context: Any, body: Any) -> Any:
    if isinstance(body, dict):
        for name, value in body.items():
            if name in known and _is_id(value):
                body[name] = known[name]
    return body


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**63 and bool(value % 3)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The calls run inside the test's transaction, as those of Django's test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def rows(role: str, desk: Desk, outside: Outside) -> None:
    photo = [{"file_id": "f", "width": 9, "height": 9}]
    ticket = opened(outside.says(DANA, caption="my dekont", photo=photo))
    (route,) = routes(ticket)
    answer = reply(actor=desk.alice, ticket=ticket, conversation=route, text="soon")
    known.clear()
    known.update(
        {
            "key": make_token(user=getattr(desk, role), name="x", scope="write").key,
            "tickets.number": ticket.pk,
            "contacts.id": ticket.requester_id,
            "channels.id": outside.channel.pk,
            "deliveries.id": answer.deliveries.get().pk,
            "contact": ticket.requester_id,
            "channel": outside.channel.pk,
            "conversation": route.pk,
            "assignee": desk.bob.pk,
        }
    )


@pytest.mark.django_db
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", ROLES)
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 10,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_is_as_its_schema_says(
    case: Any, role: str, rows: None, one_connection: None
) -> None:
    headers = {"Authorization": f"Token {known['key']}"}
    case.call_and_validate(headers=headers, excluded_checks=NOT_OURS)


def test_the_schema_has_every_address() -> None:
    said = {path.removeprefix("/api/v1/").partition("{")[0] for path in document["paths"]}
    there = {str(each.pattern).partition("<")[0] for each in version_1}
    assert said == there - {"schema/", "docs/"}


def test_every_write_takes_a_key_and_every_body_is_closed() -> None:
    for operations in document["paths"].values():
        for method, operation in operations.items():
            names = {each["name"] for each in operation.get("parameters", ())}
            assert ("Idempotency-Key" in names) == (method != "get")
    for name, component in document["components"]["schemas"].items():
        assert name.endswith("Request") == (component.get("additionalProperties") is False), name
