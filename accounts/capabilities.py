"""What may be done, and who may do it. Rights follow team and role; there is no per-row table.

Which rows a person sees is the QuerySets' matter (`visible_to`). A capability says what may be done with a row seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.models import Role
from helpdesk.errors import NotAllowed

if TYPE_CHECKING:
    from accounts.models import User

TICKET_OPEN = "ticket.open"
TICKET_REPLY = "ticket.reply"
TICKET_NOTE = "ticket.note"
TICKET_ASSIGN_SELF = "ticket.assign_self"
TICKET_ASSIGN = "ticket.assign"
TICKET_STATUS = "ticket.status"
MESSAGE_EDIT = "message.edit"
MESSAGE_DELETE = "message.delete"
DELIVERY_RETRY = "delivery.retry"
UPDATES_SEE = "updates.see"
UPDATES_REPLAY = "updates.replay"
CHANNELS_MANAGE = "channels.manage"
WEBHOOKS_MANAGE = "webhooks.manage"
STATUS_SEE = "status.see"
"""These three are the admins' alone: no role holds them."""

_AGENT = frozenset(
    {
        TICKET_OPEN,
        TICKET_REPLY,
        TICKET_NOTE,
        TICKET_ASSIGN_SELF,
        TICKET_ASSIGN,
        TICKET_STATUS,
        MESSAGE_EDIT,
        MESSAGE_DELETE,
        DELIVERY_RETRY,
    }
)
_LEAD = _AGENT | {UPDATES_SEE, UPDATES_REPLAY}
BY_ROLE: dict[str, frozenset[str]] = {Role.AGENT: _AGENT, Role.LEAD: _LEAD}


def can(user: User, capability: str, team_id: int | None = None) -> bool:
    """Whether `user` may, in this team; with None: in any team of theirs."""
    if not user.is_active:
        return False
    if user.is_admin:
        return True
    roles = (
        user.roles.values()
        if team_id is None
        else [user.roles[team_id]]
        if team_id in user.roles
        else []
    )
    return any(capability in BY_ROLE[role] for role in roles)


def require(user: User, capability: str, team_id: int | None = None) -> None:
    """Raises NotAllowed."""
    if not can(user, capability, team_id):
        raise NotAllowed(_("Your role in this team does not allow that."))
