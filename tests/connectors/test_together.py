"""Many updates taken in together become the same rows as one by one, and cost few queries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from connectors import draining
from connectors.models import InboundUpdate, UpdateState
from tests.cast import ALICE, DANA, EMRE, FORUM, GROUP, MALLORY, Json, Outside, ready_again
from tests.readings.secret_makers import phrase
from tickets.models import (
    Attachment,
    Contact,
    ContactIdentity,
    Conversation,
    Delivery,
    Message,
    MessageVersion,
    PrivateInvitation,
    SLAClock,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db

SEED = " ".join(phrase("english", 12, 3))
PEOPLE = (DANA, EMRE, MALLORY, ALICE)
WORDS = (
    "gm everyone", "thank you 🙏", "any news?", "my withdrawal is pending for two days", "teşekkürler",
    "hesabıma giremiyorum, kod gelmiyor", "我的充值还没有到账", "I was hacked, funds are moving!", "👍", "ok",
)  # fmt: skip


@dataclass
class Storm:
    """Things that may happen outside, drawn at random, the same ones for the same seed."""

    outside: Outside
    draw: Random
    said: list[Json] = field(default_factory=list)
    albums: int = 0

    def happens(self, many: int) -> list[Json]:
        kinds: list[Callable[[], Json]] = [
            *[self._words] * 8, *[self._asks] * 4, *[self._private] * 5, *[self._reply] * 4, *[self._edit] * 4,
            self._again, self._again, self._picture, self._album, self._secret, self._command, self._topic,
            self._anonymous, self._blocks, self._sticker,
        ]  # fmt: skip
        updates = [self.draw.choice(kinds)() for _ in range(many)]
        for at in range(1, many):
            if self.draw.random() < 0.05:  # out of order
                updates[at - 1], updates[at] = updates[at], updates[at - 1]
        return updates

    def _says(
        self, text: str = "", *, chat: Json | None = None, who: Json | None = None, **more: Any
    ) -> Json:
        update = self.outside.said(who or self.draw.choice(PEOPLE), text, chat=chat, **more)
        self.said.append(update)
        return update

    def _words(self) -> Json:
        return self._says(self.draw.choice(WORDS), chat=GROUP)

    def _asks(self) -> Json:
        return self._says(f"@KiteHelpBot {self.draw.choice(WORDS)}", chat=GROUP)

    def _private(self) -> Json:
        return self._says(self.draw.choice(WORDS))

    def _reply(self) -> Json:
        earlier = [each["message"] for each in self.said if each["message"]["chat"] == GROUP]
        if not earlier:
            return self._words()
        answered = self.draw.choice(earlier)["message_id"]
        return self._says(self.draw.choice(WORDS), chat=GROUP, reply_to=answered)

    def _edit(self) -> Json:
        if not self.said:
            return self._words()
        return self.outside.edited(self.draw.choice(self.said), self.draw.choice(WORDS))

    def _again(self) -> Json:
        """The same message under another number, as a restored backup of a server may send it."""
        fresh = self._words()
        return {**fresh, "message": self.draw.choice(self.said)["message"]}

    def _picture(self) -> Json:
        photo = [{"file_id": "f", "width": 9, "height": 9}]
        return self._says(chat=self.draw.choice((None, GROUP)), photo=photo, caption="look")

    def _album(self) -> Json:
        self.albums += self.draw.random() < 0.5
        photo = [{"file_id": "f", "width": 9, "height": 9}]
        return self._says(who=DANA, photo=photo, media_group_id=f"album{self.albums}")

    def _secret(self) -> Json:
        return self._says(f"please help {SEED}", chat=self.draw.choice((None, GROUP)))

    def _command(self) -> Json:
        command = self.draw.choice(("/start", "/status", "/ticket it is broken"))
        marks = [{"type": "bot_command", "offset": 0, "length": len(command.split()[0])}]
        return self._says(command, entities=marks)

    def _topic(self) -> Json:
        return self._says(self.draw.choice(WORDS), chat=FORUM, message_thread_id=4, is_topic_message=True)  # fmt: skip

    def _anonymous(self) -> Json:
        return self._says("news", chat=GROUP, sender_chat={"id": GROUP["id"], "type": "supergroup"})

    def _blocks(self) -> Json:
        status = self.draw.choice(("kicked", "member"))
        update = self.outside.said(DANA)
        body = {**update.pop("message"), "new_chat_member": {"status": status}}
        return {**update, "my_chat_member": body}

    def _sticker(self) -> Json:
        return self._says(sticker={"file_id": "s", "emoji": "👍"})


class RollBack(Exception):
    """Out of a world that is over."""


def world(outside: Outside, updates: list[Json], drain: Callable[[], None]) -> Json:
    """What the rows say after `drain`; then everything is as before."""
    found: Json = {}
    try:
        with transaction.atomic():
            outside.keep_all(updates)
            drain()
            assert not InboundUpdate.objects.exclude(state=UpdateState.DONE).exists()
            found = rows()
            raise RollBack
    except RollBack:
        return found


def together() -> None:
    while InboundUpdate.objects.filter(state=UpdateState.OPEN).exists():
        draining.drain_batch()
        ready_again()


def one_by_one() -> None:
    for pk in InboundUpdate.objects.order_by("pk").values_list("pk", flat=True):
        draining.take_now(pk)


TOLD = (
    Contact, ContactIdentity, Conversation, Ticket, Message, MessageVersion, Attachment, SLAClock, TicketEvent,
    PrivateInvitation, Delivery, InboundUpdate,
)  # fmt: skip
ORDER: dict[type[models.Model], list[str]] = {
    Contact: ["name"],
    ContactIdentity: ["external_id"],
    Conversation: ["external_id", "thread_id"],
    SLAClock: ["ticket", "metric"],
}
"""Elsewhere the ids tell what came first."""
UNTOLD = {
    "created_at", "received_at", "done_at", "not_before", "uuid", "token_hash", "expires_at", "counted_at",
}  # fmt: skip
"""Moments of our own, and what is drawn."""


def rows() -> Json:
    """Every row, with the others that it refers to by their place in line instead of by id."""
    places: dict[tuple[type[models.Model], Any], int] = {}
    for model in TOLD:
        for place, row in enumerate(_in_line(model)):
            places[model, row.pk] = place
    numbers = {str(pk): str(place) for (model, pk), place in places.items() if model is Ticket}
    return {
        model.__name__: [
            {
                each.name: _told(row, each, places, numbers)
                for each in model._meta.concrete_fields
                if each.name not in UNTOLD and not each.primary_key
            }
            for row in _in_line(model)
        ]
        for model in TOLD
    }


def _in_line(model: type[models.Model]) -> models.QuerySet[models.Model]:
    return model._default_manager.order_by(*ORDER.get(model, ["pk"]))


def _told(row: models.Model, column: Any, places: Any, numbers: dict[str, str]) -> Any:
    value = getattr(row, column.attname)
    if column.is_relation:
        return places.get((column.related_model, value), value)
    if column.name == "sent_at" and getattr(row, "automatic", False):
        return None
    if column.name == "answers":
        return [{**each, "message_id": places.get((Message, each["message_id"]))} for each in value]
    if isinstance(value, (str, dict)) and isinstance(row, (Message, Delivery, TicketEvent)):
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        text = re.sub(r"start=[\w-]+", "start=", text)
        text = re.sub(r'"linked_to": (\d+)', lambda m: f'"linked_to": {numbers[m[1]]}', text)
        return re.sub(r"#(\d+)", lambda m: f"#{numbers.get(m[1], m[1])}", text)
    return value


@pytest.mark.parametrize("seed", range(3))
def test_together_is_as_one_by_one(outside: Outside, seed: int) -> None:
    storm = Storm(outside, Random(seed))
    for _ in range(2):
        updates = storm.happens(40)
        alone, all_at_once = (world(outside, updates, drain) for drain in (one_by_one, together))
        for name, told in alone.items():
            assert all_at_once[name] == told, name
        outside.keep_all(updates)
        together()
    assert Ticket.objects.count() > 2
    assert MessageVersion.objects.exists()


def queries_of(outside: Outside, updates: list[Json]) -> int:
    outside.keep_all(updates)
    with CaptureQueriesContext(connection) as queries:
        assert draining.drain_batch() == len(updates)
    return len(queries)


def chatter(outside: Outside, many: int) -> list[Json]:
    return [
        outside.said({**DANA, "id": 9000 + at}, "gm everyone", chat=GROUP) for at in range(many)
    ]


def test_chatter_costs_the_same_for_much_as_for_little(outside: Outside) -> None:
    queries_of(outside, chatter(outside, 40))
    few, many = (queries_of(outside, chatter(outside, size)) for size in (5, 40))
    assert few == many
    assert many <= 16


def test_new_tickets_cost_one_query_each_and_little_besides(outside: Outside) -> None:
    def asks(ids: range) -> list[Json]:
        return [outside.said({**DANA, "id": each}, "my withdrawal is pending") for each in ids]

    alone, ten = queries_of(outside, asks(range(10, 11))), queries_of(outside, asks(range(20, 30)))
    assert alone <= 35
    assert ten <= alone + 9


def test_follow_ups_share_their_queries(outside: Outside) -> None:
    speakers = [{**DANA, "id": 600 + at} for at in range(10)]
    queries_of(outside, [outside.said(each, "my withdrawal is pending") for each in speakers])
    few = queries_of(
        outside, [outside.said(each, "it is still not there") for each in speakers[:2]]
    )
    many = queries_of(
        outside, [outside.said(each, "hello? still nothing here") for each in speakers]
    )
    assert few == many
    assert Ticket.objects.count() == 10
