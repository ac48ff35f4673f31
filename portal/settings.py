"""All settings of the site.

The configuration table of the README lists every environment variable that is read here, with its
default. A missing or wrong value stops the start with a hint.
"""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from companies.time_zones import is_time_zone

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

MODE = env.str("PORTAL_MODE", default="production")
if MODE not in {"production", "demo"}:
    raise ImproperlyConfigured(f"PORTAL_MODE is “{MODE}”. Set it to production or demo.")
DEMO = MODE == "demo"

VAR_DIR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var")))  # data that is not code


def kept(name: str) -> str:
    """A value that `make run` keeps in the folder of the demo, for commands beside it, or empty."""
    file = VAR_DIR / name
    return file.read_text() if DEMO and file.is_file() else ""


def required(name: str, hint: str, *, default: str = "") -> str:
    """The value of a variable that has no sensible default outside demo mode."""
    value = str(env.str(name, default="")) or default
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


SECRET_KEY = required(
    "SECRET_KEY",
    f"There is no demo in {VAR_DIR}: start one by `make run`, or set PORTAL_VAR to its folder."
    if DEMO
    else "Set it to at least 50 random characters and keep it secret. "
    "For the demo, set PORTAL_MODE=demo.",
    default=kept("secret_key"),
)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # the old key during a change
LINK_KEY = (  # signs long-lived links in mail
    env.str("LINK_KEY", default=f"links: {SECRET_KEY}")
    if DEMO
    else required("LINK_KEY", "Set it to at least 50 random characters, not those of SECRET_KEY.")
)
LINK_KEY_FALLBACKS = env.list("LINK_KEY_FALLBACKS", default=[])  # older keys, still accepted
PORTAL_URL = env.str(
    "PORTAL_URL", default=(kept("portal_url") or "http://localhost:8000") if DEMO else ""
).rstrip("/")
if not PORTAL_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(
        "PORTAL_URL is not set. Set it to the address that customers open, "
        "like https://licenses.vendor.example."
    )
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]"] if DEMO else [urlsplit(PORTAL_URL).hostname],
)

DEBUG = False
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

INSTALLED_APPS = [
    "portal",
    "portal.desk",
    "portal.demo",
    "orders",
    "notifications",
    "licensing",
    "companies",
    "limits",
    "outbox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_include_bootstrap",
    "django.forms",  # its templates, for FORM_RENDERER
    "portal.desk.apps.DeskAdminConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "portal.web.request_log.log_request",
    # Headers come first, so that static files, errors and redirects carry them, too.
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.web.compression.Compress",
    "portal.web.middleware.no_store",
    "django.middleware.locale.LocaleMiddleware",
    "portal.web.charsets.only_utf8",
    "portal.web.middleware.limit_body",
    "portal.accounts.sessions.clear_site_data",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.web.request_log.name_user",
    "portal.accounts.languages.own_language",
    "portal.web.middleware.local_time",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.accounts.sessions.session_limits",
    "portal.accounts.known_browser.remember_browser",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.security_log.SecurityLog",
    "portal.web.door.AskLimits",
    "portal.accounts.first_things.FirstThings",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.web.context.site",
            ],
            "builtins": ["portal.templatetags.known_urls"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "portal.web.template_files.Unindented",
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# The server is sent values beside the statement, and keeps one that a connection sends often.
PREPARED = {"server_side_binding": True, "prepare_threshold": 2}
# Database: SQLite unless DATABASE_URL names another, see docs/decisions/.
DATABASES = {
    "default": env.db_url(
        "DATABASE_URL", default=kept("database_url") or f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer waits its turn instead of failing half-way
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A host that is away must fail the request, not hang it.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    # Compiling a statement takes longer than running it: ours read few rows.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
    if env.bool("PREPARED_STATEMENTS", default=False):
        DATABASES["default"]["OPTIONS"] |= PREPARED
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Nothing is kept in a cache: limits (`limits/declared.py`) and used codes are in the database,
# where no other traffic can evict them. The exception is the page that is the same for everybody.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "public": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "public",
        "OPTIONS": {"MAX_ENTRIES": 10},  # two addresses in each language
    },
}

# Accounts
AUTH_USER_MODEL = "companies.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # emails are unique by a constraint with a condition
AUTHENTICATION_BACKENDS = ["portal.accounts.login.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "portal.accounts.passwords.LengthValidator"},
    {"NAME": "portal.accounts.passwords.GuessableValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "portal.accounts.login.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # sign-up is closed: an owner adds the address
ACCOUNT_CHANGE_EMAIL = True  # one address; a confirmed new one replaces it
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before the address or a second factor is changed
ACCOUNT_PREVENT_ENUMERATION = "strict"  # the answer does not tell that another user has an address
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # ours ask for its pages, too: `portal/web/door.py`
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
ACCOUNT_FORMS = {
    "login": "portal.accounts.login.LoginForm",
    "change_password": "portal.accounts.login.ChangePasswordForm",
    "set_password": "portal.accounts.login.SetPasswordForm",
    "reset_password": "portal.accounts.login.ResetPasswordForm",
    "reset_password_from_key": "portal.accounts.login.ResetPasswordKeyForm",
    "add_email": "portal.accounts.login.NewEmailForm",
    "reauthenticate": "portal.accounts.login.ReauthenticateForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # Django ends all sessions but this one
SESSION_COOKIE_AGE = 7 * 24 * 60 * 60  # seconds, counted from log-in
CUSTOMER_IDLE_HOURS = env.int("CUSTOMER_IDLE_HOURS", default=12)
if not 1 <= CUSTOMER_IDLE_HOURS <= 168:
    raise ImproperlyConfigured(
        f"CUSTOMER_IDLE_HOURS is {CUSTOMER_IDLE_HOURS}. Set it to 1 to 168: after 7 days "
        "everybody logs in again."
    )
CUSTOMER_IDLE_SECONDS = CUSTOMER_IDLE_HOURS * 60 * 60
STAFF_SESSION_SECONDS = 12 * 60 * 60  # a working day
STAFF_IDLE_SECONDS = 60 * 60
MFA_ADAPTER = "portal.accounts.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # only a new address is unconfirmed; the account's own is known
MFA_TOTP_ISSUER = "License portal"
MFA_FORMS = {
    "activate_totp": "portal.accounts.second_factor.ActivateTOTPForm",
    "authenticate": "portal.accounts.second_factor.AuthenticateForm",
    "reauthenticate": "portal.accounts.second_factor.ReauthenticateForm",
    "add_webauthn": "portal.accounts.second_factor.AddPasskeyForm",
    "edit_webauthn": "portal.accounts.second_factor.RenamePasskeyForm",
    "authenticate_webauthn": "portal.accounts.second_factor.PasskeyForm",
    "login_webauthn": "portal.accounts.second_factor.PasskeyLoginForm",
    "reauthenticate_webauthn": "portal.accounts.second_factor.PasskeyAgainForm",
}

# Mail: what Django sends is queued in the database; a worker delivers it.
EMAIL_BACKEND = "outbox.backend.OutboxBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="License portal <licenses@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_URL = (
    env.str("MAIL_URL", default=(VAR_DIR / "mail").resolve().as_uri())
    if DEMO
    else required("MAIL_URL", "Set it to your mail server, like smtp+tls://user:password@host:587.")
)
# Bounces that come later: the mailbox to read, and the address in the envelope of our mails
BOUNCE_URL = env.str("BOUNCE_URL", default="")  # empty: bounces are for people to read
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
if BOUNCE_ADDRESS and not re.fullmatch(r"[^\s@<>,+]{1,31}@[^\s@<>,]+", BOUNCE_ADDRESS):
    raise ImproperlyConfigured(
        f"BOUNCE_ADDRESS is “{BOUNCE_ADDRESS}”. Set it to one address without “+”, like "
        "bounces@vendor.example; its mail server must deliver bounces+anything@ there, too."
    )
MAIL_ALERT_MINUTES = env.int("MAIL_ALERT_MINUTES", default=30)  # greylisting takes half of that
if MAIL_ALERT_MINUTES < 1:
    raise ImproperlyConfigured("MAIL_ALERT_MINUTES is too small. Set it to 1 or more minutes.")
MAIL_KEPT_DAYS = env.int("MAIL_KEPT_DAYS", default=90)  # private mail, until it is archived
if MAIL_KEPT_DAYS < 30:
    raise ImproperlyConfigured(
        "MAIL_KEPT_DAYS is too small. Set it to 30 or more days: until then a mail may come back."
    )
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])  # empty: the staff who see the outbox

# The contact for customers
VENDOR_NAME = env.str("VENDOR_NAME", default="IDIS")  # as confirmations name it
SALES_PHONE = env.str("SALES_PHONE", default="1.888.694.7827")
SALES_EMAIL = env.str("SALES_EMAIL", default="sales@idisamericas.com")
SALES_TIME_ZONE = env.str("SALES_TIME_ZONE", default="America/Chicago")  # of who has no company
if not is_time_zone(SALES_TIME_ZONE):
    raise ImproperlyConfigured(
        f"SALES_TIME_ZONE is “{SALES_TIME_ZONE}”. Set it to one like America/Chicago."
    )

# Our own copy of each confirmation; empty: no copy is mailed
ARCHIVE_EMAIL = env.str("ARCHIVE_EMAIL", default="")
if ARCHIVE_EMAIL and not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", ARCHIVE_EMAIL):
    raise ImproperlyConfigured(
        f"ARCHIVE_EMAIL is “{ARCHIVE_EMAIL}”. Set it to one address, like archive@vendor.example."
    )

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"  # collected
STATICFILES_DIRS = [BASE_DIR / "static"]
DOCUMENTS_DIR = Path(env.str("DOCUMENTS_DIR", default=str(VAR_DIR / "documents"))).resolve()
if any(DOCUMENTS_DIR.is_relative_to(web.resolve()) for web in (STATIC_ROOT, *STATICFILES_DIRS)):
    raise ImproperlyConfigured(
        f"DOCUMENTS_DIR is {DOCUMENTS_DIR}, where everybody may fetch files. "
        "Set it to a folder beside the static files."
    )
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": {  # files that users attach; no address leads there
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DOCUMENTS_DIR,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "portal.web.static_files.StaticFiles"},
}

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60  # seconds
FORMAT_MODULE_PATH = "portal.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Security
SECURE_CSP = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF, NONCE],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": SECURE_CSP}
PERMISSIONS_POLICY: dict[str, str | list[str]] = {
    "accelerometer": [],
    "autoplay": [],
    "camera": [],
    "clipboard-read": [],
    "display-capture": [],
    "encrypted-media": [],
    "fullscreen": [],
    "geolocation": [],
    "gyroscope": [],
    "hid": [],
    "idle-detection": [],
    "local-fonts": [],
    "magnetometer": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "picture-in-picture": [],
    "screen-wake-lock": [],
    "serial": [],
    "usb": [],
    "xr-spatial-tracking": [],
    "clipboard-write": "self",  # copies a serial number
    "publickey-credentials-create": "self",  # passkeys
    "publickey-credentials-get": "self",
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_HTTPONLY = True
# A browser takes such a cookie only from this host, by HTTPS: no neighbor can set ours.
COOKIE_PREFIX = "" if DEMO else "__Host-"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
MESSAGE_STORAGE = "portal.web.messages.MessageStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1200  # 200 order lines of five fields, and the rest of the form
MAX_BODY = 12 * 1024 * 1024  # bytes of a request with its files; each form has its own limit
if not DEMO:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # load balancers use HTTP
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "portal.web.logs.formatter", "as_json": not DEMO}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}
    },
    "loggers": {
        # Django's warnings repeat our line of the request, with the secret parts of its path.
        "django.request": {"level": "ERROR"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
