"""Version 1. What is not here is a 404 that programs can read, not the page for people."""

from django.urls import include, path, re_path

from api.errors import unknown
from api.views import deliveries, desk, schema, tickets

version_1 = [
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path("docs/", schema.docs, name="docs"),
    path("me/", desk.Me.as_view(), name="me"),
    path("teams/", desk.Teams.as_view(), name="teams"),
    path("topics/", desk.Topics.as_view(), name="topics"),
    path("contacts/", desk.Contacts.as_view(), name="contacts"),
    path("contacts/<int:pk>/", desk.OneContact.as_view(), name="contact"),
    path("channels/", desk.Channels.as_view(), name="channels"),
    path("channels/<int:pk>/", desk.OneChannel.as_view(), name="channel"),
    path("tickets/", tickets.Tickets.as_view(), name="tickets"),
    path("tickets/<int:number>/", tickets.OneTicket.as_view(), name="ticket"),
    path("tickets/<int:number>/messages/", tickets.Messages.as_view(), name="messages"),
    path("tickets/<int:number>/replies/", tickets.Replies.as_view(), name="replies"),
    path("tickets/<int:number>/notes/", tickets.Notes.as_view(), name="notes"),
    path("tickets/<int:number>/status/", tickets.TicketStatus.as_view(), name="status"),
    path("tickets/<int:number>/assignment/", tickets.TicketAssignment.as_view(), name="assignment"),
    path("deliveries/", deliveries.Deliveries.as_view(), name="deliveries"),
    path("deliveries/<int:pk>/", deliveries.OneDelivery.as_view(), name="delivery"),
    path("deliveries/<int:pk>/retry/", deliveries.Retry.as_view(), name="retry"),
    path("attachments/<uuid:uuid>/", deliveries.File.as_view(), name="attachment"),
]

app_name = "api"
urlpatterns = [
    path("v1/", include(version_1)),
    re_path(r"^(?P<rest>[\s\S]*)\Z", unknown, name="unknown"),
]
