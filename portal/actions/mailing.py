"""When a mail goes out: at most one to an address that nobody has proven, and few to any.

The worker makes a link as it writes the mail. Its token is never in the database, nor in the broker: what could be read
there opens nothing.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from helpdesk.hints import hint
from portal import mail
from portal.actions.links import mint
from portal.addresses import digests, mailbox
from portal.limits import within
from portal.models import Address, Link, LinkRequest
from tickets.models import FORM, Ticket
from tickets.transport import DeliveryError

log = structlog.get_logger(__name__)

PER_HOUR = 3
"""Mails to one mailbox that strangers can ask for, and of news: their form must not fill it."""
MOST_LINKS = 5
CLAIM = timedelta(minutes=10)
MOST_TRIES = 6


def tell(*, place: str, ticket: Ticket, first_try: bool) -> None:
    """Mail that there is something on the page, if we may. The page has it already, so nothing waits for a mail.

    Raises DeliveryError when the mail server refuses or is away.
    """
    address = Address.objects.select_related("identity").filter(
        identity__kind=FORM, identity__external_id=place
    ).first()  # fmt: skip
    if address is None or not (address.receipt_due or address.verified_at):
        return
    # Counted apart: what strangers ask for must not use up the news of a request.
    counted = "address" if address.receipt_due else "news"
    if first_try and not within(counted, mailbox(address.email), per_hour=PER_HOUR):
        log.info("mail_left_out", ticket=ticket.pk)
        return
    link, token = mint(ticket=ticket, identity=address.identity)
    texts = mail.RECEIPT if address.receipt_due else mail.NEWS
    try:
        mail.send(
            texts, to=address.email, language=ticket.language, tokens=[token], number=ticket.pk
        )
    except DeliveryError:
        link.delete()
        raise
    Address.objects.filter(pk=address.pk).update(receipt_due=False)


def verify(link: Link) -> None:
    """Whoever acts by a link that was only mailed reads that mailbox. Opening it is not acting: programs do, too."""
    if link.mailed:
        Address.objects.filter(identity=link.identity_id, verified_at=None).update(
            verified_at=timezone.now()
        )


def ask_for_links(*, email: str, language: str) -> None:
    """Note that somebody wants their links again; whether we know them is found out elsewhere, and not told here."""
    from portal.tasks import send_links

    with transaction.atomic():
        LinkRequest.objects.create(email=email, language=language)
        hint(send_links)


def send_due_links(limit: int = 50) -> int:
    """Answer those who asked. Returns how many were looked at."""
    done = 0
    while done < limit and (asked := _claim()):
        _answer(asked)
        done += 1
    return done


def _claim() -> LinkRequest | None:
    """The next one, put off meanwhile: a worker that dies leaves it for another."""
    with transaction.atomic():
        due = LinkRequest.objects.filter(not_before__lte=Now())
        asked = due.select_for_update(skip_locked=True).order_by("pk").first()
        if asked:
            LinkRequest.objects.filter(pk=asked.pk).update(
                tries=F("tries") + 1, not_before=Now() + CLAIM
            )
    return asked


def _answer(asked: LinkRequest) -> None:
    known = _requests_of(asked.email)
    may = asked.tries or within("address", mailbox(asked.email), per_hour=PER_HOUR)
    if known and may:
        minted = [mint(ticket=link.ticket, identity=link.identity) for link in known]
        try:
            mail.send(
                mail.LOST,
                to=asked.email,
                language=asked.language,
                tokens=[token for _link, token in minted],
            )
        except DeliveryError as error:
            Link.objects.filter(pk__in=[link.pk for link, _token in minted]).delete()
            if not error.permanent and asked.tries < MOST_TRIES:
                return
    asked.delete()


def _requests_of(email: str) -> list[Link]:
    """One link for each of the latest requests that gave this address."""
    links = (
        Link.objects.open_at(timezone.now())
        .filter(identity__mail__digest__in=digests(email), mailed=False)
        .select_related("ticket", "identity")
        .order_by("-ticket__last_message_at", "-pk")
    )
    return list(links[:MOST_LINKS])
