from django.urls import path

from accounts import token_views, views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", token_views.tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", token_views.token, name="revoke_token"),
    path("availability/", views.availability, name="availability"),
    path("welcome/", views.welcome, name="welcome"),
    path("enter/", views.enter, name="enter"),
]
