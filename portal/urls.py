from django.urls import path

from portal.pages import gone
from portal.views import contact, files, lost, requests

app_name = "portal"
urlpatterns = [
    path("help/", contact.landing, name="help"),
    path("help/contact/", contact.contact, name="contact"),
    path("help/requests/", lost.lost, name="lost"),
    path("help/requests/open/<str:token>/", requests.open_link, name="open"),
    path("help/requests/<int:number>/", requests.request_page, name="request"),
    path("help/requests/<int:number>/mail/", requests.wants_mail, name="mail"),
    path("help/requests/<int:number>/chat/", requests.goes_to_chat, name="chat"),
    path("help/requests/<int:number>/files/<uuid:uuid>/", files.attachment, name="attachment"),
    path("help/requests/<int:number>/previews/<uuid:uuid>/", files.preview, name="preview"),
    path("help/requests/<path:rest>", gone, name="gone"),
    path("files/requests/<str:token>/", files.file, name="file"),
]
