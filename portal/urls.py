"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from portal.health import health

urlpatterns = [
    path("health/", health, name="health"),
    path("account/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("", include("portal.customers.urls")),
]
