"""The status page: the admins' alone."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import helpdesk
from accounts import capabilities
from accounts.models import User
from helpdesk.web import page
from operations.status import Level, parts


@login_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    capabilities.require(cast(User, request.user), capabilities.STATUS_SEE)
    found = parts()
    trouble = [part for part in found if part.level != Level.OK]
    context = {"parts": found, "trouble": trouble, "version": helpdesk.__version__}
    return page(request, "operations/status.html", context, fragment="operations/_status.html")
