from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("License portal")

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added  # noqa: PLC0415 - models load after apps

        from portal import addresses, languages, second_factor, sessions  # noqa: PLC0415

        user_logged_in.connect(sessions.mark_start)
        user_logged_in.connect(languages.keep_choice)
        user_logged_out.connect(sessions.mark_end)
        post_save.connect(addresses.follow_user, sender="companies.User")
        authenticator_added.connect(second_factor.count_as_passed)
