"""Addresses of the sandbox."""

from django.urls import path, re_path

from connectors.sandbox import backstage, control, page, stream
from connectors.sandbox.botapi import views as botapi

urlpatterns = [
    re_path(r"^bot(?P<token>[^/]+)/(?P<method>\w+)/?$", botapi.call),
    re_path(r"^file/bot(?P<token>[^/]+)/(?P<path>.+)$", botapi.download),
    path("control/<slug:action>", control.control),
    path("", page.home),
    path("thread/", page.thread),
    path("chats/", page.chats),
    path("t.me/<slug:bot>", page.open_link),
    path("t.me/<slug:bot>/", page.open_link),
    path("media/<str:file_id>", page.picture),
    path("act/<slug:deed>", page.act),
    path("scenes/", backstage.scene),
    path("trouble/<slug:kind>", backstage.trouble),
    path("live/", stream.live),
]
