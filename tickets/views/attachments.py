"""Files, to those who see their ticket. What came from outside is only downloaded; pictures we drew anew are shown."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import User
from tickets.models import Attachment, FileState, Message

LOCKED_DOWN = "sandbox; default-src 'none'"


def _attachment(request: HttpRequest, uuid: UUID) -> Attachment:
    seen = Message.objects.visible_to(cast(User, request.user)).filter(pk=OuterRef("message_id"))
    return get_object_or_404(
        Attachment.objects.filter(Exists(seen), state=FileState.STORED), uuid=uuid
    )


@login_required
@require_safe
@cache_control(private=True, max_age=3600)
def attachment(request: HttpRequest, uuid: UUID) -> FileResponse:
    found = _attachment(request, uuid)
    return _served(found.file, found.content_type, name=found.name)


@login_required
@require_safe
@cache_control(private=True, max_age=3600)
def preview(request: HttpRequest, uuid: UUID) -> FileResponse:
    found = _attachment(request, uuid)
    if not found.preview:
        raise Http404
    return _served(found.preview, "image/webp")


def _served(file: FieldFile, content_type: str, name: str = "") -> FileResponse:
    """`name` makes it a download."""
    try:
        content = file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        content, as_attachment=bool(name), filename=name, content_type=content_type
    )
    response["Content-Security-Policy"] = LOCKED_DOWN
    response["X-Content-Type-Options"] = "nosniff"
    return response
