"""Words for people outside: topics as they would say them, where a request stands, and the fixed texts of our mails."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Priority, Status, Ticket, Topic

ASKED: Final[dict[str, Promise]] = {
    "account_compromised": gettext_lazy("I think I was hacked"),
    "unauthorised_withdrawal": gettext_lazy("Money left my account, and it was not me"),
    "secret_exposed": gettext_lazy("I gave my seed phrase or key to somebody"),
    "scam_victim": gettext_lazy("I was cheated"),
    "deposit_not_arrived": gettext_lazy("My deposit hasn't arrived"),
    "missing_memo": gettext_lazy("I forgot the memo or tag"),
    "wrong_network": gettext_lazy("I sent to the wrong network"),
    "withdrawal_pending": gettext_lazy("My withdrawal does not go through"),
    "stuck_transaction": gettext_lazy("My transaction is stuck"),
    "kyc": gettext_lazy("Proving who I am (KYC)"),
    "login_2fa": gettext_lazy("I cannot sign in"),
    "registration": gettext_lazy("I cannot register"),
    "p2p": gettext_lazy("A P2P trade"),
    "trading_order": gettext_lazy("An order"),
    "fees": gettext_lazy("Fees"),
    "campaign": gettext_lazy("A campaign or bonus"),
}
STANDING: Final[dict[str, Promise]] = {
    Status.NEW: gettext_lazy("We have it, and somebody will read it soon."),
    Status.OPEN: gettext_lazy("We are working on it."),
    Status.PENDING: gettext_lazy("We wait for your answer."),
    Status.ON_HOLD: gettext_lazy("Another team is looking into it."),
    Status.SOLVED: gettext_lazy("Solved. If it is not, just write again."),
    Status.CLOSED: gettext_lazy("Closed. For anything new please write a new request."),
}


def topic_choices() -> list[tuple[str, str]]:
    """Slug and people's words for it, what is urgent first; "something else" last."""
    topics = sorted(Topic.objects.all(), key=lambda topic: not is_urgent(topic))
    named = [(topic.slug, str(ASKED.get(topic.slug, topic.name))) for topic in topics]
    return [*named, ("", _("Something else"))]


def urgent_topics() -> set[str]:
    return {topic.slug for topic in Topic.objects.all() if is_urgent(topic)}


def is_urgent(topic: Topic) -> bool:
    return topic.priority_floor == Priority.URGENT


def too_much() -> str:
    return _(
        "That was a lot at once. Wait a few minutes, then send it: what you typed is still here."
    )


def standing(ticket: Ticket) -> str:
    """Where it stands, in plain words."""
    return str(STANDING[ticket.status])
