"""What the demo's day holds, row by row. Loaded once; each test leaves it as it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Role, StaffIdentity, User
from connectors.demo.build import load
from connectors.sandbox import world
from connectors.sandbox.stage import Sandbox
from readings import secrets
from tests.demo.chain_rules import found_in, is_valid
from tickets.actions import delivery, files
from tickets.actions.intake import receive
from tickets.models import (
    Attachment,
    Channel,
    Contact,
    Conversation,
    Delivery,
    FileState,
    Message,
    MessageKind,
    MessageVersion,
    PrivateInvitation,
    SLAClock,
    Status,
    Ticket,
    TicketEvent,
    Verb,
)
from tickets.sla.sweep import sweep
from tickets.transport import InboundMessage, Place, Sender

PASSWORD = "a demo password of a test"
TYPED_BY_HAND = {
    value
    for name, value in vars(world).items()
    if name.startswith(("TX_", "TRON_", "ETH_", "BSC_"))
}


@pytest.fixture(scope="module", autouse=True)
def now(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[datetime]:
    """When the day was loaded."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(PASSWORD)
        yield timezone.now()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _undone(now: datetime) -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def texts() -> list[str]:
    """Everything in words that was stored."""
    return [
        *Message.objects.values_list("text", flat=True),
        *MessageVersion.objects.values_list("text", flat=True),
        *Ticket.objects.values_list("subject", flat=True),
        *Ticket.objects.values_list("excerpt", flat=True),
        *(str(payload) for payload in Delivery.objects.values_list("payload", flat=True)),
    ]


def ticket_of(key: str) -> Ticket:
    """The one open ticket of somebody in the cast."""
    return Ticket.objects.open().get(requester__identities__external_id=str(world.person(key).id))


# --- The figures


def test_the_queue_has_the_figures_of_our_day(now: datetime) -> None:
    open_ones = Ticket.objects.open()
    assert open_ones.count() == 64
    assert open_ones.breached(now).count() == 6
    assert open_ones.due_between(now, now + timedelta(minutes=15)).count() == 9
    assert open_ones.due_between(now, now + timedelta(hours=1)).count() == 14  # the nine included
    assert open_ones.filter(status=Status.PENDING).count() == 12
    assert open_ones.filter(status=Status.ON_HOLD).count() == 8


def test_the_figures_hold_for_some_minutes(now: datetime) -> None:
    """So that somebody who has just started the demo sees them, too."""
    later = now + timedelta(minutes=3)
    assert Ticket.objects.breached(later).count() == 6
    assert Ticket.objects.due_between(later, later + timedelta(minutes=57)).count() == 14


def test_four_hundred_were_solved_in_two_weeks(now: datetime) -> None:
    solved = Ticket.objects.filter(status=Status.SOLVED)
    assert solved.count() == 400
    assert solved.filter(solved_at__gte=now - timedelta(days=14), solved_at__lte=now).count() == 400
    assert not Ticket.objects.exclude(status=Status.SOLVED).exclude(solved_at=None).exists()
    days = Counter(ticket.solved_at.date() for ticket in solved if ticket.solved_at)
    assert len(days) >= 13
    assert max(days.values()) < 80


def test_four_fifths_of_the_groups_is_chatter() -> None:
    said = Message.objects.filter(conversation__kind__in=("group", "topic"), kind="incoming")
    share = said.filter(ticket=None).count() / said.count()
    assert share == pytest.approx(0.8, abs=0.015)
    assert said.values("conversation__external_id").distinct().count() == 4


def test_all_four_languages_are_there_in_numbers() -> None:
    assert {*Ticket.objects.values_list("language", flat=True)} == {"en", "zh", "fa", "tr"}
    for language in ("en", "zh", "fa", "tr"):
        assert Ticket.objects.open().filter(language=language).count() >= 12
        assert Ticket.objects.filter(language=language, status="solved").count() >= 70


# --- The clocks


def test_next_due_is_the_nearest_deadline_that_still_runs() -> None:
    running = Min("clocks__due_at", filter=Q(clocks__met_at=None))
    rows = Ticket.objects.annotate(nearest=running).values_list("number", "next_due_at", "nearest")
    assert [row for row in rows if row[1] != row[2]] == []


def test_the_clocks_stand_as_a_running_desk_would_have_left_them() -> None:
    """A sweep finds nothing to do; every missed deadline has its event, at its time."""
    before = SLAClock.objects.filter(breached_at__isnull=False).count()
    told = TicketEvent.objects.filter(verb=Verb.SLA_BREACHED)
    assert told.count() >= before > 6
    for event in told[:50]:
        assert event.created_at.isoformat() == event.payload["due_at"]
    assert (sweep().warned, sweep().breached) == (0, 0)


def test_who_waits_is_known() -> None:
    for ticket in Ticket.objects.open():
        last = (
            ticket.messages.filter(kind=MessageKind.REPLY, automatic=False)
            .exclude(deliveries__state="failed")
            .order_by("-sent_at")
            .first()
        )
        if ticket.waiting_since is not None and last is not None:
            assert ticket.waiting_since > last.sent_at
        if ticket.status == Status.NEW:
            assert ticket.waiting_since == ticket.created_at
    assert not Ticket.objects.filter(status=Status.SOLVED, waiting_since__isnull=False).exists()


def test_everything_lies_in_the_past_and_ids_follow_time(now: datetime) -> None:
    for model, field in ((Message, "sent_at"), (TicketEvent, "created_at"), (Ticket, "created_at")):
        times = list(model._default_manager.order_by("pk").values_list(field, flat=True))
        assert times == sorted(times)
        assert times[-1] <= timezone.now()
        assert times[0] >= now - timedelta(days=14, hours=1)


# --- The texts


def test_nothing_stored_is_a_secret() -> None:
    assert [text for text in texts() if secrets.mask(text).found] == []
    assert not any(world.SEED_KOFI in text for text in texts())


def test_every_hash_and_address_is_valid() -> None:
    seen: Counter[str] = Counter()
    for text in texts():
        for kind, found in found_in(text).items():
            for each in found:
                assert each in TYPED_BY_HAND or is_valid(kind, each), each
                seen[kind] += 1
    assert all(seen[kind] >= 5 for kind in ("tron", "bech32", "evm", "transaction")), seen


def test_no_gap_is_left_and_nothing_is_said_twice_in_the_open_queue() -> None:
    said_or_shown = [
        *Message.objects.values_list("text", flat=True),
        *Ticket.objects.values_list("subject", flat=True),
    ]
    assert [text for text in said_or_shown if re.search(r"[{}]|\\n|lorem", text)] == []
    said = Message.objects.filter(ticket__in=Ticket.objects.open(), automatic=False).exclude(
        text=""
    )
    counts = Counter(said.values_list("text", flat=True))
    assert [text for text, count in counts.items() if count > 1 and text != world.TX_TWICE] == []


def test_solved_tickets_hardly_ever_begin_with_the_same_words() -> None:
    subjects = Ticket.objects.filter(status=Status.SOLVED).values_list("subject", flat=True)
    most_common = Counter(subjects).most_common(1)[0]
    assert len(set(subjects)) >= 320, len(set(subjects))
    assert most_common[1] <= 6, most_common


def test_some_messages_were_edited() -> None:
    edited = Message.objects.exclude(edited_at=None).filter(ticket__in=Ticket.objects.open())
    assert edited.count() >= 5
    for message in edited:
        assert message.versions.get().text != message.text


# --- The people


def test_the_staff() -> None:
    staff = {user.email.partition("@")[0]: user for user in User.objects.filter(is_demo=True)}
    assert set(staff) == {"mia", "elif", "arman", "wei", "grace", "zhao", "noor"}
    for user in staff.values():
        user.full_clean()
        assert user.check_password(PASSWORD)
        assert user.about
        assert user.public_alias
    assert staff["elif"].languages == ["tr", "en"]
    assert staff["grace"].is_lead
    assert staff["noor"].is_admin
    ids = dict(StaffIdentity.objects.values_list("user__email", "external_id"))
    assert ids["mia@kavira.example"] == str(world.person("mia").id)


def test_finance_sees_only_what_was_handed_to_it() -> None:
    zhao, mia, grace = (
        User.objects.get(email=f"{key}@kavira.example") for key in ("zhao", "mia", "grace")
    )
    seen = Ticket.objects.visible_to(zhao).open()
    assert {ticket.status for ticket in seen} == {Status.ON_HOLD}
    assert seen.filter(assignee=zhao).count() == 4
    assert Message.objects.filter(author=zhao, kind="note").count() >= 4
    assert not Ticket.objects.visible_to(mia).filter(assignee=zhao).exists()
    assert Ticket.objects.visible_to(grace).open().count() == 64


def test_agents_own_only_tickets_of_their_teams_and_languages() -> None:
    for ticket in Ticket.objects.exclude(assignee=None).select_related("assignee"):
        assignee = ticket.assignee
        assert assignee is not None
        assert ticket.team.memberships.filter(user=assignee, role__in=Role.values).exists()
        if assignee.email != "zhao@kavira.example":
            assert ticket.language in assignee.languages


# --- The stories


def test_reza_sent_trc20_to_a_bep20_address() -> None:
    ticket = ticket_of("reza")
    first, *_rest = words = [
        message.text for message in ticket.messages.filter(kind="incoming").order_by("pk")
    ]
    assert first.isascii()
    assert any("۵۰۰" in text and "ي" in text for text in words)
    assert ticket.topic is not None
    assert (ticket.topic.slug, ticket.priority) == ("wrong_network", "high")


def test_haoran_asked_in_the_group_and_has_a_way_into_private() -> None:
    ticket = ticket_of("haoran")
    assert ticket.subject == "提币3小时了，U还没到"
    assert ticket.is_public
    assert PrivateInvitation.objects.filter(ticket=ticket, used_at=None).exists()
    line = Delivery.objects.get(message__ticket=ticket, message__automatic=True)
    assert line.payload["buttons"][0][1].startswith("https://t.me/KaviraHelpBot?start=")


def test_mehmet_sent_a_photo_without_diacritics() -> None:
    message = ticket_of("mehmet").messages.exclude(attachments=None).get()
    assert "dekont" in message.text
    assert message.text.isascii()
    photo = message.attachments.get()
    assert photo.state == FileState.STORED
    assert photo.is_image
    assert Path(photo.preview.path).read_bytes()[8:12] == b"WEBP"


def test_tomas_needed_six_lines_and_got_one_acknowledgement() -> None:
    ticket = ticket_of("tomas")
    assert ticket.messages.filter(kind="incoming").count() == 6
    assert ticket.messages.filter(automatic=True).count() == 1


def test_olivia_is_urgent_at_once() -> None:
    ticket = ticket_of("olivia")
    assert ticket.subject == "hacked!! funds moving"
    assert ticket.priority == "urgent"
    assert ticket.topic is not None
    assert ticket.topic.slug == "unauthorised_withdrawal"


def test_kofis_seed_is_masked_removed_and_answered_by_an_impostor() -> None:
    ticket = ticket_of("kofi")
    first, second, *_rest = ticket.messages.filter(kind="incoming").order_by("pk")
    assert first.masked == ["seed_phrase"]
    assert secrets.MARKS["seed_phrase"] in first.text
    assert first.deleted_at is not None
    assert second.contact == Contact.objects.get(identities__username="Kavira_Suport")
    assert second.reply_to_external_id == first.external_id
    assert ticket.priority == "urgent"


def test_one_transaction_turns_up_in_two_places() -> None:
    found = Message.objects.filter(text__contains=world.TX_TWICE)
    assert {message.ticket for message in found} == {ticket_of("dana"), ticket_of("ivan")}
    assert {message.conversation.kind for message in found if message.conversation} == {
        "private",
        "group",
    }


def test_shirins_thanks_reopened_nothing() -> None:
    last = Message.objects.get(text="ممنون 🙏")
    assert last.ticket is not None
    assert last.ticket.status == Status.SOLVED
    assert last.ticket.solved_at is not None
    assert last.sent_at > last.ticket.solved_at


# --- The outbox, and what comes after


def test_nearly_everything_was_delivered() -> None:
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert (states["failed"], states["unknown"]) == (1, 1)
    assert set(states) == {"sent", "failed", "unknown"}
    failed = Delivery.objects.get(state="failed")
    assert failed.reason == "blocked"
    assert failed.conversation.closed_reason == "blocked"


def test_nothing_is_left_to_do_for_the_workers() -> None:
    assert delivery.claim() is None
    assert delivery.find_lost() == 0
    assert files.fetch_pending() == 0
    assert Attachment.objects.filter(state=FileState.STORED).count() == 3


def test_ids_and_places_fit_the_sandbox(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "journal")
    sandbox._journal.close()
    state = sandbox.state
    ids = [
        *Message.objects.exclude(external_id="").values_list("external_id", flat=True),
        *Delivery.objects.exclude(external_id="").values_list("external_id", flat=True),
    ]
    threads = [topic.thread_id for group in world.GROUPS for topic in group.topics]
    assert max(threads) < min(map(int, ids))
    assert max(map(int, ids)) < state.base
    for conversation in Conversation.objects.exclude(kind="private"):
        chat = state.chats[conversation.external_id]
        assert not conversation.thread_id or int(conversation.thread_id) in chat.topics
    for conversation in Conversation.objects.filter(kind="private"):
        assert (world.BOT.id, int(conversation.external_id)) in state.started


def test_the_same_id_stands_for_one_message_in_a_chat() -> None:
    ids = [
        (chat, external_id)
        for rows in (Message.objects, Delivery.objects.exclude(operation="delete"))
        for chat, external_id in rows.exclude(external_id="").values_list(
            "conversation__external_id", "external_id"
        )
    ]
    assert len(ids) == len(set(ids))


def test_who_writes_in_the_sandbox_goes_on_where_they_were(now: datetime) -> None:
    reza = world.person("reza")
    inbound = InboundMessage(
        action="message",
        place=Place("private", str(reza.id), title=reza.name),
        sender=Sender(str(reza.id), name=reza.name),
        external_id="15000001",
        sent_at=now,
        text="كسي هست؟",
    )
    receipt = receive(channel=Channel.objects.get(kind="telegram"), inbound=inbound)
    assert receipt.ticket == ticket_of("reza")
