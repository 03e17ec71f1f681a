"""The link from the group into the private chat is one person's, once. (Another person, too late: tests/tickets.)"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from tests.cast import DANA, GROUP, MALLORY, Outside, opened
from tickets.actions import private
from tickets.actions.talk import invitation
from tickets.models import ContactIdentity, PrivateInvitation, Ticket


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    return opened(outside.says(DANA, "@KiteHelpBot my deposit is missing", chat=GROUP))


@pytest.fixture
def token(ticket: Ticket) -> str:
    return invitation(ticket, ContactIdentity.objects.get(external_id=str(DANA["id"])))


WRONG: dict[str, Callable[[str], str]] = {
    "empty": lambda token: "",
    "blank": lambda token: "  ",
    "case": lambda token: token.swapcase(),
    "short": lambda token: token[:-1],
    "long": lambda token: token + "A",
    "ten kilobytes": lambda token: token + "A" * 10_240,
    "padded": lambda token: token + "=",
    "hash": lambda token: hashlib.sha256(token.encode()).hexdigest(),
    "null": lambda token: "null",
    "array": lambda token: f"['{token}']",
    "percent": lambda token: "%",
    "quote": lambda token: f"{token}' OR '1'='1",
    "wide": lambda token: (
        token.translate({ord("a"): "ａ", ord("A"): "Ａ", ord("0"): "０"}) + "\u200b"
    ),
    "two": lambda token: f"{token} {token}",
    "number": lambda token: "1",
}


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_not_the_link_opens_nothing(
    outside: Outside, ticket: Ticket, token: str, wrong: str
) -> None:
    said = outside.says(DANA, f"/start {WRONG[wrong](token)}")
    assert said.ticket is None
    assert not PrivateInvitation.objects.exclude(used_at=None).exists()
    assert str(ticket.number) not in " ".join(outside.texts(DANA))
    ticket.refresh_from_db()
    assert ticket.is_public
    assert outside.says(DANA, f"/start {token}").ticket == ticket, "it still is good"


@pytest.mark.django_db
def test_a_link_is_not_for_whoever_has_the_name(
    outside: Outside, ticket: Ticket, token: str
) -> None:
    twin = {**MALLORY, "first_name": DANA["first_name"], "username": DANA["username"]}
    assert outside.says(twin, f"/start {token}").ticket is None
    assert outside.says(MALLORY, f"/start {token}", chat=GROUP).ticket is None
    assert outside.texts(MALLORY) + outside.texts(twin)
    assert not PrivateInvitation.objects.exclude(used_at=None).exists()


@pytest.mark.django_db
def test_the_database_knows_no_link(ticket: Ticket, token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM tickets_privateinvitation i")
        assert token not in str(cursor.fetchall())
    assert len(token) >= 43, "256 bits"


@pytest.mark.django_db(transaction=True)
def test_many_taps_at_once_are_one(outside: Outside, ticket: Ticket, token: str) -> None:
    identity = ContactIdentity.objects.get(external_id=str(DANA["id"]))
    accepted: list[Ticket | None] = []

    def tap() -> None:
        try:
            with transaction.atomic():
                accepted.append(private._accept(identity, token))
        finally:
            connection.close()

    threads = [threading.Thread(target=tap) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accepted) == 6
    assert [each for each in accepted if each] == [ticket]
