"""The customers' addresses."""

from django.urls import path

from portal.customers import views

urlpatterns = [
    path("", views.home, name="home"),
]
