"""The people of the tests, and the outside they live in: words go in as raw updates, through inbox and intake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import Membership, Role, StaffIdentity, Team, User
from connectors import draining
from connectors.inbox import store
from connectors.models import InboundUpdate, UpdateState
from connectors.registry import door
from tests.telegram import builders
from tickets.models import Channel, Contact, ContactIdentity, Delivery, Message, Operation, Ticket

Json = dict[str, Any]

PASSWORD = "correct horse, and more"
TOKEN = "5000111:a-token-of-nobody"
DANA = {
    "id": 7001,
    "is_bot": False,
    "first_name": "Dana",
    "username": "dana_r",
    "language_code": "en",
}
EMRE = {"id": 7002, "is_bot": False, "first_name": "Emre", "language_code": "tr"}
MALLORY = {"id": 7003, "is_bot": False, "first_name": "Mallory"}
ALICE = {"id": 7901, "is_bot": False, "first_name": "Alice", "username": "alice_at_work"}
GROUP = builders.SUPERGROUP
BASIC_GROUP = builders.GROUP
FORUM = builders.FORUM
START = builders.SENT


@dataclass
class Desk:
    """Who works here. `alice` answers by Telegram, too (id 7901)."""

    team: Team
    other_team: Team
    alice: User
    bob: User
    carol: User
    admin: User
    gone: User


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)  # slow on purpose, so once will do


def people() -> Desk:
    """An agent, a lead, an agent of another team, an admin, and one whose account is closed."""
    team, other = Team.objects.create(name="Support"), Team.objects.create(name="Finance")

    def user(name: str, **fields: Any) -> User:
        return User.objects.create(
            email=f"{name}@desk.example",
            password=_password_hash(),
            display_name=name.title(),
            undo_seconds=0,
            **fields,
        )

    desk = Desk(
        team, other, user("alice"), user("bob"), user("carol"), user("admin", is_admin=True),
        user("gone", is_active=False),
    )  # fmt: skip
    for member, where, role in (
        (desk.alice, team, Role.AGENT),
        (desk.bob, team, Role.LEAD),
        (desk.carol, other, Role.AGENT),
        (desk.gone, team, Role.LEAD),
    ):
        Membership.objects.create(team=where, user=member, role=role)
    StaffIdentity.objects.create(user=desk.alice, kind="telegram", external_id=str(ALICE["id"]))
    return desk


def telegram_channel(team: Team, **fields: Any) -> Channel:
    """A bot that nobody pulls."""
    config = {"id": builders.BOT.id, "username": builders.BOT.username}
    values = {"name": "Kite bot", "token": TOKEN, "mode": Channel.Mode.FEED, "config": config}
    return Channel.objects.create(kind="telegram", team=team, **values | fields)


@dataclass
class Outside:
    """One bot's Telegram: people say things there, and we see what the desk makes of it."""

    channel: Channel
    at: int = START
    """Seconds of the next message; each one is a second later."""
    _ids: count[int] = field(default_factory=lambda: count(11))

    def says(
        self,
        who: Json,
        text: str = "",
        *,
        chat: Json | None = None,
        reply_to: int = 0,
        **fields: Any,
    ) -> Said:
        """A message, in private if no chat is given, taken in at once."""
        return self.take(self.said(who, text, chat=chat, reply_to=reply_to, **fields))

    def said(
        self,
        who: Json,
        text: str = "",
        *,
        chat: Json | None = None,
        reply_to: int = 0,
        **fields: Any,
    ) -> Json:
        """The raw update, not taken in."""
        where = chat or {"id": who["id"], "type": "private", "first_name": who["first_name"]}
        self.at += 1
        fields = {"message_id": next(self._ids), "date": self.at} | fields
        if text:
            fields["text"] = text
        if reply_to:
            fields["reply_to_message"] = {"message_id": reply_to, "chat": where, "date": self.at}
        return builders.message(where, who, **fields)

    def edited(self, said: Json, text: str) -> Json:
        """The raw update of an edit."""
        self.at += 1
        body = {**said["message"], "edit_date": self.at, "text": text}
        return builders.update("edited_message", body)

    def take(self, update: Json) -> Said:
        """Store it and work on the inbox until nothing is ready."""
        row = self.keep(update)
        while draining.drain_batch():
            pass
        row.refresh_from_db()
        return Said(update, row)

    def keep(self, update: Json) -> InboundUpdate:
        """Store it only."""
        (row,) = self.keep_all([update])
        return row

    def keep_all(self, updates: Sequence[Json]) -> list[InboundUpdate]:
        raws = [door(self.channel.kind).read(json.dumps(update)) for update in updates]
        with transaction.atomic():
            store(self.channel, raws)
        rows = InboundUpdate.objects.filter(channel=self.channel)
        return [rows.get(external_id=raw.external_id) for raw in raws]

    def heard(self, place: Json) -> list[Delivery]:
        """What the desk would send there, oldest first."""
        return list(
            Delivery.objects.filter(conversation__external_id=str(place["id"]))
            .exclude(operation=Operation.DELETE)
            .order_by("pk")
        )

    def texts(self, place: Json) -> list[str]:
        return [delivery.payload["text"] for delivery in self.heard(place)]

    def removals(self) -> list[str]:
        """Ids of the messages that shall go from public places."""
        rows = Delivery.objects.filter(operation=Operation.DELETE).order_by("pk")
        return [row.payload["target"] for row in rows]


@dataclass
class Said:
    """A raw update and its row in the inbox."""

    update: Json
    row: InboundUpdate

    @property
    def id(self) -> int:
        """Telegram's id of the message."""
        (body,) = (value for value in self.update.values() if isinstance(value, dict))
        return int(body["message_id"])

    @property
    def ticket(self) -> Ticket | None:
        return Ticket.objects.filter(updates=self.row).first()

    @property
    def message(self) -> Message:
        """The stored message that it became."""
        key, _colon, _thread = self.row.conversation_key.partition(":")
        return Message.objects.get(
            conversation__external_id=key, external_id=self.row.message_external_id
        )


def opened(said: Said) -> Ticket:
    """The ticket that it belongs to; fails if it has none."""
    assert said.ticket, f"no ticket: {said.row.outcome} {said.row.reason}"
    return said.ticket


def ready_again() -> None:
    """Nothing that waits has to wait any longer: instead of sleeping."""
    InboundUpdate.objects.filter(state=UpdateState.OPEN).update(not_before=Now())
    Delivery.objects.update(not_before=Now())


def contact_of(who: Json) -> Contact:
    return ContactIdentity.objects.get(external_id=str(who["id"])).contact


def closed(answer: Any) -> None:
    """Close the file behind an answer of the test client; its own close() would end the database connection, too."""
    for close in getattr(answer, "_resource_closers", ()):
        close()
