"""Files of a request, to those who hold its link: only downloaded, but for pictures that we drew anew."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from helpdesk import crypto
from helpdesk.web import is_files_host
from portal import thread, visits
from portal.models import Link
from portal.pages import kindly_closed
from tickets.models import Attachment, FileState
from tickets.views.attachments import LINK_SECONDS, served

_PURPOSE = "file of a request"


@kindly_closed
@require_safe
@cache_control(private=True, max_age=LINK_SECONDS // 2)
def attachment(request: HttpRequest, number: int, uuid: UUID) -> HttpResponseBase:
    return _answer(request, number, uuid, preview=False)


@kindly_closed
@require_safe
@cache_control(private=True, max_age=LINK_SECONDS // 2)
def preview(request: HttpRequest, number: int, uuid: UUID) -> HttpResponseBase:
    return _answer(request, number, uuid, preview=True)


def _answer(request: HttpRequest, number: int, uuid: UUID, *, preview: bool) -> HttpResponseBase:
    link = visits.visit_of(request, number).link
    found = _of(link, uuid)
    if not settings.FILES_HOST:
        return served(found, preview=preview)
    token = crypto.seal(_PURPOSE, link.pk, str(uuid), preview)
    path = reverse("portal:file", args=[token])
    return redirect(f"{request.scheme}://{settings.FILES_HOST}{path}")


@require_safe
@cache_control(private=True, max_age=LINK_SECONDS // 2)
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """On the host for files, which knows no cookie of ours: for minutes, and while the request's link holds."""
    if not is_files_host(request):
        raise Http404
    try:
        link_id, uuid, preview = crypto.unseal(_PURPOSE, token, ttl=LINK_SECONDS)
    except ValueError:
        raise Http404 from None
    link = get_object_or_404(
        Link.objects.open_at(timezone.now()).select_related("ticket", "identity"), pk=link_id
    )
    return served(_of(link, uuid), preview=preview)


def _of(link: Link, uuid: UUID | str) -> Attachment:
    return get_object_or_404(
        Attachment, uuid=uuid, state=FileState.STORED, message__in=thread.visible(link)
    )
