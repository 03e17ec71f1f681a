"""Who can be answered, and the words on the button that does it."""

from __future__ import annotations

from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.templatetags.look import bdi
from tickets.models import FORM, Contact, Conversation, Ticket


def audiences(ticket: Ticket, routes: list[Conversation], chosen: str = "") -> list[dict[str, Any]]:
    """The first one, private if there is one, is set unless another was `chosen`."""
    found = [_audience(ticket, conversation) for conversation in routes]
    for each in found:
        each["checked"] = each["value"] == chosen
    return found


def _audience(ticket: Ticket, conversation: Conversation) -> dict[str, Any]:
    kind, name = conversation.channel.kind.title(), ticket.requester.name
    if conversation.channel.kind == FORM:
        label, button = _on_the_page(ticket.requester, conversation)
    elif conversation.is_private:
        label = _said(_("%(name)s on %(kind)s"), name=name, kind=kind)
        button = _said(_("Send to %(name)s on %(kind)s"), name=name, kind=kind)
    else:
        label, button = _in_the_group(conversation.title or kind, conversation.member_count)
    public = not conversation.is_private
    return {"value": str(conversation.pk), "label": label, "button_label": button, "public": public}


def _in_the_group(place: str, members: int | None) -> tuple[SafeString, SafeString]:
    words = (
        _said(_("Post to %(place)s (%(count)s people)"), place=place, count=f"{members:,}")
        if members
        else _said(_("Post to %(place)s"), place=place)
    )
    return bdi(place), words


def _on_the_page(contact: Contact, conversation: Conversation) -> tuple[SafeString, SafeString]:
    """The web form's requester reads the page, and hears by mail once the address is proven."""
    own = [
        each for each in contact.identities.all() if each.external_id == conversation.external_id
    ]
    mail = getattr(own[0], "mail", None) if own else None
    if mail is not None and mail.verified_at:
        return (
            _said(_("%(name)s on the tracking page and by e-mail"), name=contact.name),
            _said(_("Send to %(name)s on the tracking page, with an e-mail"), name=contact.name),
        )
    return (
        _said(_("%(name)s on the tracking page"), name=contact.name),
        _said(_("Send to %(name)s on the tracking page"), name=contact.name),
    )


def _said(words: str, **parts: str) -> SafeString:
    """A sentence with names in it, each with a direction of its own: none turns the words around it."""
    return SafeString(escape(words) % {name: bdi(part) for name, part in parts.items()})
