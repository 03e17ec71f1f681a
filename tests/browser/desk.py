"""A small desk to look at: one team, its people, and strangers who write."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from tickets.actions.intake import receive
from tickets.models import Channel, Ticket
from tickets.transport import InboundMessage, Place, Sender


class Desk:
    """Mia is an agent, Grace a lead; `write` is a message from outside."""

    def __init__(self) -> None:
        self.team = Team.objects.create(name="Front desk")
        self.mia = self.person("Mia Keller", Role.AGENT)
        self.grace = self.person("Grace Osei", Role.LEAD)
        self.channel = Channel.objects.create(
            name="Desk bot", kind="telegram", mode=Channel.Mode.FEED, token="1:x", team=self.team
        )
        self._ids = count(1)

    def person(self, name: str, role: Role) -> User:
        user = User.objects.create(
            email=f"{name.split()[0].lower()}@desk.example",
            display_name=name,
            languages=["en"],
            welcomed_at=timezone.now(),
        )
        Membership.objects.create(team=self.team, user=user, role=role)
        return user

    def write(self, text: str, *, name: str = "Dana Whitfield", number: int = 501) -> Ticket:
        """A private message of the stranger with this number; their ticket."""
        sender = Sender(str(number), name=name, username=f"user_{number}", language="en")
        receipt = receive(channel=self.channel, inbound=self._message(text, sender, timezone.now()))
        assert receipt.ticket is not None
        return receipt.ticket

    def _message(self, text: str, sender: Sender, at: datetime) -> InboundMessage:
        place = Place("private", sender.external_id, title=sender.name)
        return InboundMessage("message", place, sender, str(next(self._ids)), at, text=text)
