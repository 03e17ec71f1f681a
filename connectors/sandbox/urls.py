"""Addresses of the sandbox."""

from django.urls import path, re_path

from connectors.sandbox import control
from connectors.sandbox.botapi import views as botapi

urlpatterns = [
    re_path(r"^bot(?P<token>[^/]+)/(?P<method>\w+)/?$", botapi.call),
    re_path(r"^file/bot(?P<token>[^/]+)/(?P<path>.+)$", botapi.download),
    path("control/<slug:action>", control.control),
]
