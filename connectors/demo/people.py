"""The rows that stand before any ticket: staff, the channel, the places, the people outside."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, StaffIdentity, Team, User
from connectors.demo.staff import FINANCE, SUPPORT, WORKERS, Worker
from connectors.sandbox import world
from connectors.sandbox.world import Group, Person
from tickets.models import (
    FORM,
    SANDBOX,
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    ConversationKind,
)

KIND = "telegram"
CHANNEL = f"{world.EXCHANGE} Help"
_ZONES = {"zh": "Asia/Shanghai", "fa": "Asia/Tehran", "tr": "Europe/Istanbul"}


def make_staff(password: str) -> tuple[dict[str, User], dict[str, Team]]:
    """Users by key and teams by name. Without a password they can only enter by the demo's page."""
    teams = {name: Team.objects.get_or_create(name=name)[0] for name in (SUPPORT, FINANCE)}
    hashed = make_password(password or None)  # once: it is the same, and made to be slow
    users = {worker.key: _user(worker, hashed) for worker in WORKERS}
    User.objects.bulk_create(users.values())
    Membership.objects.bulk_create(
        Membership(team=teams[name], user=users[worker.key], role=role)
        for worker in WORKERS
        for name, role in worker.teams
    )
    StaffIdentity.objects.bulk_create(
        StaffIdentity(user=users[person.key], kind=KIND, external_id=str(person.id))
        for person in world.STAFF
    )
    return users, teams


def _user(worker: Worker, hashed: str) -> User:
    return User(
        email=worker.email,
        password=hashed,
        display_name=worker.name,
        public_alias=worker.alias,
        languages=list(worker.languages),
        topics=list(worker.topics),
        time_zone=worker.time_zone,
        about=worker.about,
        is_admin=worker.is_admin,
        is_demo=True,
    )


def make_channel(team: Team) -> Channel:
    """The sandbox's bot. Where the sandbox listens is left to the settings: it may move between two starts."""
    return Channel.objects.create(
        name=CHANNEL, kind=KIND, token=world.BOT.token, team=team, api_base=SANDBOX
    )


def make_form(team: Team) -> Channel:
    """The public web form. Nobody has used it yet: what it brings in, you write yourself."""
    return Channel.objects.create(name="Web form", kind=FORM, team=team, mode=Channel.Mode.FEED)


def make_contacts() -> dict[str, ContactIdentity]:
    """Everybody outside, by key."""
    people = [*world.CAST, *world.crowd()]
    contacts = Contact.objects.bulk_create(
        Contact(
            name=person.name,
            language=person.language,
            time_zone=_ZONES.get(person.language, ""),
        )
        for person in people
    )
    identities = ContactIdentity.objects.bulk_create(
        ContactIdentity(
            contact=contact,
            kind=KIND,
            external_id=str(person.id),
            username=person.username,
            display_name=person.name,
        )
        for person, contact in zip(people, contacts, strict=True)
    )
    return {person.key: identity for person, identity in zip(people, identities, strict=True)}


def make_places(channel: Channel) -> dict[str, Conversation]:
    """Private chats by the person's key, groups and their topics by theirs (`tr`, `tr/p2p`)."""
    places = {
        person.key: _private(channel, person)
        for person in (*world.CAST, *world.crowd())
        if person.started
    }
    for group in world.GROUPS:
        places |= _group(channel, group)
    Conversation.objects.bulk_create(places.values())
    return places


def _private(channel: Channel, person: Person) -> Conversation:
    return Conversation(
        channel=channel,
        kind=ConversationKind.PRIVATE,
        external_id=str(person.id),
        title=person.name,
        language=person.language,
    )


def _group(channel: Channel, group: Group) -> dict[str, Conversation]:
    def place(kind: ConversationKind, title: str, thread_id: str = "") -> Conversation:
        return Conversation(
            channel=channel,
            kind=kind,
            external_id=str(group.id),
            thread_id=thread_id,
            title=title,
            member_count=group.members,
            language=group.language,
        )

    topics = {
        f"{group.key}/{topic.key}": place(
            ConversationKind.TOPIC, f"{topic.title} · {group.title}", str(topic.thread_id)
        )
        for topic in group.topics
    }
    return {group.key: place(ConversationKind.GROUP, group.title), **topics}
