from django.urls import path

from portal.views import contact, requests

app_name = "portal"
urlpatterns = [
    path("help/", contact.landing, name="help"),
    path("help/contact/", contact.contact, name="contact"),
    path("help/requests/open/<str:token>/", requests.open_link, name="open"),
    path("help/requests/<int:number>/", requests.request_page, name="request"),
]
