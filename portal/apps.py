from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("License portal")

    def ready(self) -> None:
        from allauth.account.signals import (  # noqa: PLC0415 - models load after apps
            password_changed,
            password_reset,
            password_set,
        )
        from allauth.mfa.signals import authenticator_added  # noqa: PLC0415

        from portal import (  # noqa: PLC0415
            addresses,
            known_browser,
            languages,
            log_in_limits,
            second_factor,
            sessions,
        )

        user_logged_in.connect(known_browser.note_log_in)
        for new_password in (password_changed, password_reset, password_set):
            new_password.connect(log_in_limits.forget_wrong_ones)
        user_logged_in.connect(sessions.mark_start)
        user_logged_in.connect(languages.keep_choice)
        post_save.connect(addresses.follow_user, sender="companies.User")
        authenticator_added.connect(second_factor.count_as_passed)
