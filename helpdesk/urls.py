"""All addresses of the site. Each one stands in the role table of `tests/test_roles.py`."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from helpdesk import health, web

handler400 = "helpdesk.web.bad_request"
handler403 = "helpdesk.web.forbidden"
handler404 = "helpdesk.web.not_found"
# Not Django's, but allauth's.
handler429 = "helpdesk.web.too_many"
handler500 = "helpdesk.web.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="tickets:queue"), name="home"),
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    # People here are named by their address: it is an admin's to change.
    path("accounts/email/", web.no_page, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("connectors.urls")),
    path("", include("tickets.urls")),
    path("", include("portal.urls")),
    path("", include("webhooks.urls")),
    path("", include("operations.urls")),
    path("api/", include("api.urls")),
]

if settings.ENVIRONMENT == "local":
    from django.contrib import admin

    urlpatterns.append(path("admin/", admin.site.urls))
