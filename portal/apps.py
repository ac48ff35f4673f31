from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("License portal")

    def ready(self) -> None:
        # models load after apps
        from allauth.account import signals as account  # noqa: PLC0415
        from allauth.mfa.signals import authenticator_added  # noqa: PLC0415

        from portal.accounts import (  # noqa: PLC0415
            addresses,
            known_browser,
            languages,
            log_in_limits,
            passwords,
            second_factor,
            security_log,
            sessions,
            typed,
        )

        user_logged_in.connect(known_browser.note_log_in)
        user_logged_in.connect(sessions.mark_start)
        user_logged_in.connect(languages.keep_choice)
        user_logged_in.connect(typed.forget_others)
        user_logged_out.connect(sessions.mark_end)
        post_save.connect(addresses.follow_user, sender="companies.User")
        pre_save.connect(addresses.fold, sender="account.EmailAddress")
        authenticator_added.connect(second_factor.count_as_passed)
        for renewed in (account.password_changed, account.password_set, account.password_reset):
            renewed.connect(passwords.was_renewed)
            renewed.connect(log_in_limits.forget_wrong_ones)
        security_log.connect()
