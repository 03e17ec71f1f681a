"""Filling an empty database with n tickets and all that hangs on them, by COPY. What the rows say is in `rows`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from benchmarks.rows import (
    BOT,
    COLUMNS,
    FIRST,
    Lines,
    Plan,
    group_lines,
    long_lines,
    people_lines,
    ticket_lines,
)
from tickets.models import Category, Channel, Ticket, Topic

BATCH = 5_000
AGENTS_PER_TEAM = 25
OPEN_PER_AGENT = 40
NUMBERED = {
    "tickets_ticket": "number",
    "tickets_contact": "id",
    "tickets_contactidentity": "id",
    "tickets_conversation": "id",
    "tickets_message": "id",
    "tickets_delivery": "id",
}
"""Tables whose ids we choose, with the column."""


@dataclass
class Desk:
    """What the measuring needs to know of the filled desk."""

    plan: Plan
    agent: User
    """Has the same own open tickets at every size; in the first two teams."""
    admin: User
    team: list[User]
    """Everybody in the first team."""
    channels: list[Channel]
    short: Ticket
    """An open ticket of the agent, with four messages."""
    long: Ticket
    """The same with 200."""


def fill(size: int) -> Desk:
    """Write `size` tickets into an empty database. Raises ValueError for fewer than 1,000."""
    if size < 1000:
        raise ValueError("SIZE: at least 1,000, or the pages are not full.")
    agents, teams = _staff(size)
    channels = [_channel(number, team) for number, team in enumerate(teams)]
    by_team = [[each.pk for each in agents[at :: len(teams)]] for at in range(len(teams))]
    topics = list(Topic.objects.filter(category=Category.WITHDRAWAL).values_list("pk", flat=True))
    plan = Plan(size, timezone.now(), [each.pk for each in teams], by_team, agents[0].pk, topics)
    _write(plan, [each.pk for each in channels])
    short, long = (Ticket.objects.get(pk=FIRST + plan.own[at]) for at in (0, 1))
    admin = User.objects.get(is_admin=True)
    team = [each for each in agents if each.pk in by_team[0]]
    return Desk(plan, agents[0], admin, team, channels, short, long)


def _staff(size: int) -> tuple[list[User], list[Team]]:
    """Agents and teams grow with the open tickets; the first agent is in a second team, too."""
    agents = max(24, size // 20 // OPEN_PER_AGENT)
    teams = Team.objects.bulk_create(
        Team(name=f"Team {number}") for number in range(max(6, agents // AGENTS_PER_TEAM))
    )
    users = User.objects.bulk_create(
        [*(_user(f"agent{number}") for number in range(agents)), _user("admin", is_admin=True)]
    )
    homes = [(teams[at % len(teams)], user) for at, user in enumerate(users[:-1])]
    Membership.objects.bulk_create(
        Membership(team=team, user=user, role=Role.AGENT)
        for team, user in [*homes, (teams[1], users[0])]
    )
    return users[:-1], teams


def _user(name: str, *, is_admin: bool = False) -> User:
    now: datetime = timezone.now()
    return User(
        email=f"{name}@desk.example",
        display_name=name.title(),
        password="!",  # noqa: S106 - nobody can enter by it
        is_admin=is_admin,
        welcomed_at=now,
    )


def _channel(number: int, team: Team) -> Channel:
    config = {"id": BOT + number, "username": f"KiteHelp{number}Bot"}
    return Channel.objects.create(
        name=f"Bot {number}",
        kind="telegram",
        mode=Channel.Mode.FEED,  # nobody pulls it
        token=f"{BOT + number}:a-token-of-nobody",
        config=config,
        team=team,
    )


def _write(plan: Plan, channels: list[int]) -> None:
    with connection.cursor() as cursor:
        # The foreign keys are right by construction; looking each one up would double the time.
        cursor.execute("set session_replication_role = replica")
        for start in range(0, plan.people, BATCH):
            _copy(people_lines(plan, channels, range(start, min(start + BATCH, plan.people))))
        _copy(group_lines(plan, channels))
        for start in range(0, plan.size, BATCH):
            _copy(ticket_lines(plan, range(start, min(start + BATCH, plan.size))))
        _copy(long_lines(plan))
        cursor.execute("set session_replication_role = origin")
        for table, column in NUMBERED.items():
            cursor.execute(
                f"select setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) from {table}"  # noqa: S608
            )
        # What autovacuum would have done in two years.
        cursor.execute("vacuum (analyze)")
        cursor.execute("checkpoint")


def _copy(lines: Lines) -> None:
    with connection.cursor() as cursor:
        for table, rows in lines.items():
            columns = COLUMNS[table].replace(" ", ", ")
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write("".join(rows))
