"""The schema, for programs and for whoever reads its page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

from api.authentication import StaffSession, TokenAuthentication


class SchemaView(SpectacularAPIView):
    """To a token, and to somebody who is signed in: the one address that takes a cookie, and it only reads."""

    authentication_classes = [TokenAuthentication, StaffSession]
    renderer_classes = [OpenApiJsonRenderer]


@login_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
