from django.urls import path

from webhooks.views import deliveries, subscriptions

app_name = "webhooks"
urlpatterns = [
    path("webhooks/", subscriptions.subscriptions, name="subscriptions"),
    path("webhooks/new/", subscriptions.new, name="new"),
    path("webhooks/<int:pk>/", deliveries.subscription, name="subscription"),
    path("webhooks/<int:pk>/edit/", subscriptions.edit, name="edit"),
    path("webhooks/<int:pk>/secret/", subscriptions.secret, name="secret"),
    path("webhooks/<int:pk>/pause/", subscriptions.pause, name="pause"),
    path("webhooks/<int:pk>/resume/", subscriptions.resume, name="resume"),
    path("webhooks/<int:pk>/ping/", subscriptions.ping, name="ping"),
    path("webhooks/<int:pk>/failed/", deliveries.failed, name="failed"),
    path("webhooks/<int:pk>/remove/", subscriptions.remove, name="remove"),
    path("webhooks/deliveries/<int:pk>/", deliveries.delivery, name="delivery"),
    path("webhooks/deliveries/<int:pk>/resend/", deliveries.resend, name="resend"),
]
