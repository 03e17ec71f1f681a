from django.urls import path

from connectors.views import hooks, updates

app_name = "connectors"
urlpatterns = [
    path("hooks/telegram/<str:key>/", hooks.telegram, name="hook"),
    path("updates/", updates.updates, name="updates"),
    path("updates/<int:pk>/replay/", updates.replay, name="replay"),
]
