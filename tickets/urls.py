from django.urls import path

from tickets.views import attachments, live, messages, queue, ticket

app_name = "tickets"
urlpatterns = [
    path("tickets/", queue.queue, name="queue"),
    path("tickets/<int:number>/", ticket.ticket, name="ticket"),
    path("tickets/<int:number>/replies/", ticket.replies, name="replies"),
    path("tickets/<int:number>/notes/", ticket.notes, name="notes"),
    path("tickets/<int:number>/status/", ticket.status, name="status"),
    path("tickets/<int:number>/status/undo/", ticket.status_undo, name="status_undo"),
    path("tickets/<int:number>/assignment/", ticket.assignment, name="assignment"),
    path("messages/<int:pk>/undo/", ticket.undo, name="undo"),
    path("messages/<int:pk>/edit/", messages.edit, name="edit"),
    path("messages/<int:pk>/delete/", messages.delete, name="delete"),
    path("deliveries/<int:pk>/retry/", ticket.retry, name="retry"),
    path("attachments/<uuid:uuid>/", attachments.attachment, name="attachment"),
    path("attachments/<uuid:uuid>/preview/", attachments.preview, name="preview"),
    path("files/<str:token>/", attachments.file, name="file"),
    path("live/", live.live, name="live"),
]
