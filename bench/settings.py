"""The portal's settings, with the tables of the stock Django app beside its own."""

from portal.settings import *  # noqa: F403
from portal.settings import ALLOWED_HOSTS, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.stock"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # log-ins are not measured
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # pages are opened in this process, too
