"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from portal.accounts import addresses, languages, passkey_log_in
from portal.web.health import health

handler403 = "portal.web.not_allowed.error_page"
handler500 = "portal.web.database_away.error_page"

urlpatterns = [
    path("health/", health, name="health"),
    path("account/email/", addresses.email, name="account_email"),
    path("account/language/", languages.language, name="account_language"),
    path(
        "account/two-step/webauthn/login/",
        passkey_log_in.LogIn.as_view(),
        name="mfa_login_webauthn",
    ),
    path("account/two-step/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("account/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("", include("portal.customers.urls")),
]
