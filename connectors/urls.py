from django.urls import path

from connectors.views import channels, hooks, updates

app_name = "connectors"
urlpatterns = [
    path("channels/", channels.channels, name="channels"),
    path("channels/add/", channels.add, name="channel_add"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/edit/", channels.edit, name="channel_edit"),
    path("channels/<int:pk>/test/", channels.test, name="channel_test"),
    path("channels/<int:pk>/mode/", channels.mode, name="channel_mode"),
    path("channels/<int:pk>/pause/", channels.pause, name="channel_pause"),
    path("channels/<int:pk>/resume/", channels.resume, name="channel_resume"),
    path("channels/<int:pk>/replay/", channels.replay, name="channel_replay"),
    path("hooks/telegram/<str:key>/", hooks.telegram, name="hook"),
    path("updates/", updates.updates, name="updates"),
    path("updates/<int:pk>/replay/", updates.replay, name="replay"),
]
