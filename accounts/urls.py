from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("availability/", views.availability, name="availability"),
    path("welcome/", views.welcome, name="welcome"),
    path("enter/", views.enter, name="enter"),
]
