"""Files, to those who see their ticket. What came from outside is only downloaded; pictures we drew anew are shown.

With FILES_HOST they come from a host of their own, by a link that holds for minutes and as long as the session does.
"""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.sessions import user_of
from helpdesk import crypto
from helpdesk.web import is_files_host
from tickets.models import Attachment, FileState, Message

LOCKED_DOWN = "sandbox; default-src 'none'"
LINK_SECONDS = 300
_PURPOSE = "file"


@login_required
@require_safe
@cache_control(private=True, max_age=LINK_SECONDS // 2)
def attachment(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    return _answer(request, visible_attachment(cast(User, request.user), uuid), preview=False)


@login_required
@require_safe
@cache_control(private=True, max_age=LINK_SECONDS // 2)
def preview(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    return _answer(request, visible_attachment(cast(User, request.user), uuid), preview=True)


@require_safe
@cache_control(private=True, max_age=LINK_SECONDS // 2)
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """On the host for files: what the link was made for, while the session behind it lasts and still may see it."""
    if not is_files_host(request):
        raise Http404
    try:
        session, uuid, preview = crypto.unseal(_PURPOSE, token, ttl=LINK_SECONDS)
    except ValueError:
        raise Http404 from None
    user = user_of(session)
    if user is None:
        raise Http404
    return served(visible_attachment(user, uuid), preview=preview)


def visible_attachment(user: User, uuid: UUID) -> Attachment:
    seen = Message.objects.visible_to(user).filter(pk=OuterRef("message_id"))
    return get_object_or_404(
        Attachment.objects.filter(Exists(seen), state=FileState.STORED), uuid=uuid
    )


def _answer(request: HttpRequest, found: Attachment, *, preview: bool) -> HttpResponseBase:
    if not settings.FILES_HOST:
        return served(found, preview=preview)
    token = crypto.seal(_PURPOSE, request.session.session_key, str(found.uuid), preview)
    path = reverse("tickets:file", args=[token])
    return redirect(f"{request.scheme}://{settings.FILES_HOST}{path}")


def served(found: Attachment, *, preview: bool) -> FileResponse:
    if preview:
        response = FileResponse(_opened(found.preview), content_type="image/webp")
    else:
        response = FileResponse(
            _opened(found.file),
            as_attachment=True,
            filename=found.name,
            content_type=found.content_type,
        )
    response["Content-Security-Policy"] = LOCKED_DOWN
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _opened(stored: FieldFile) -> FieldFile:
    """Raises Http404 for a picture that there is none of, and for a file that is gone."""
    try:
        return stored.open("rb")
    except (ValueError, FileNotFoundError):
        raise Http404 from None
