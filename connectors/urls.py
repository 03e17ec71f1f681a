from django.urls import path

from connectors import views

app_name = "connectors"
urlpatterns = [
    path("updates/", views.updates, name="updates"),
    path("updates/<int:pk>/replay/", views.replay, name="replay"),
]
