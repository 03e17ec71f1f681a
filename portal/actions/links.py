"""Links to a request: found by their token, made for a mail."""

from __future__ import annotations

import re

from django.utils import timezone

from helpdesk.crypto import new_token, token_hash
from portal.models import Link
from tickets.models import ContactIdentity, Ticket

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def link_of(token: str) -> Link | None:
    """The open link with this very token. Reading it changes nothing: mail programs open links, too."""
    if not _TOKEN.fullmatch(token):
        return None
    return (
        Link.objects.open_at(timezone.now())
        .select_related("ticket", "identity")
        .filter(token_hash=token_hash(token))
        .first()
    )


def mint(*, ticket: Ticket, identity: ContactIdentity) -> tuple[Link, str]:
    """A link for a mail, and its token, which is in no row. The worker makes it as it sends, and throws it away."""
    token = new_token()
    link = Link.objects.create(
        token_hash=token_hash(token), ticket=ticket, identity=identity, mailed=True
    )
    return link, token
