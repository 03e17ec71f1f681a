"""Addresses beside ours: a view that does nothing, behind the same middleware and login."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from helpdesk import urls


@login_required
def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("empty/", empty), *urls.urlpatterns]
