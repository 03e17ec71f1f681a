"""The web form as a browser without scripts uses it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from accounts.models import Team
from portal.models import Link
from tickets.actions import delivery, files
from tickets.models import Channel, Ticket

CONTACT = "/help/contact/"
EMAIL = "dana@mail.example"


def form_channel(team: Team, **fields: Any) -> Channel:
    values = {"name": "Web form", "mode": Channel.Mode.FEED}
    return Channel.objects.create(kind="form", team=team, **values | fields)


def hidden(html: str, name: str) -> str:
    """The value of a hidden field, as a browser would send it back."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


class Visitor:
    """Somebody with a browser of their own; `ip` is where they come from."""

    def __init__(self, ip: str = "203.0.113.7") -> None:
        self.client = Client(REMOTE_ADDR=ip)

    def form(self, **fields: Any) -> dict[str, Any]:
        """A fresh form, filled in."""
        page = self.client.get(CONTACT).content.decode()
        return {
            "stamp": hidden(page, "stamp"),
            "text": "My deposit of 250 USDT has not arrived",
            "email": EMAIL,
            **fields,
        }

    def send(self, form: dict[str, Any], **extra: Any) -> Any:
        return self.client.post(CONTACT, form, **extra)

    def asks(self, text: str = "My deposit of 250 USDT has not arrived", **fields: Any) -> Ticket:
        """Fill in a form, send it, and be led to the request's page."""
        answer = self.send(self.form(text=text, **fields))
        assert answer.status_code == 302, answer.content.decode()
        files.fetch_pending()  # the worker draws what came along
        return Ticket.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])

    def sees(self, ticket: Ticket) -> str:
        """The request's page."""
        answer = self.client.get(page_of(ticket))
        assert answer.status_code == 200
        return str(answer.content.decode())

    def says(self, ticket: Ticket, text: str = "", **fields: Any) -> Any:
        """Answer on the request's page."""
        submission = hidden(self.sees(ticket), "submission")
        return self.client.post(page_of(ticket), {"text": text, "submission": submission, **fields})


def page_of(ticket: Ticket) -> str:
    return f"/help/requests/{ticket.pk}/"


def token_on(html: str) -> str:
    """The token of the link that a page or a mail shows."""
    found = re.search(r"/help/requests/open/([\w-]+)/", html)
    assert found
    return found[1]


def links_of(ticket: Ticket) -> list[Link]:
    return list(Link.objects.filter(ticket=ticket).order_by("pk"))


def send() -> None:
    """The worker at the outbox."""
    while delivery.drain():
        pass
