"""A program with a token."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts.models import TokenScope, User
from accounts.tokens import make_token

PROBLEM = "application/problem+json"


class Caller:
    """Calls /api/v1/ as `user`. Answers are (status, decoded body)."""

    def __init__(self, user: User, scope: str = TokenScope.WRITE) -> None:
        self.key = make_token(user=user, name="a program", scope=scope).key
        self.client = Client(raise_request_exception=True)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, headers=headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PUT", path, body, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The answer, with `said`: its body, decoded."""
        answer: Any = self.client.generic(
            method,
            path if path.startswith("/") else f"/api/v1/{path}",
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json" if body is not None else "",
            query_params=query or {},
            headers={"Authorization": f"Token {self.key}", **(headers or {})},
        )
        answer.said = None if answer.streaming or not answer.content else json.loads(answer.content)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == PROBLEM
            assert answer.said["status"] == answer.status_code
        return answer
