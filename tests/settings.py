"""The site's settings, changed only where tests need speed, isolation or strictness."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("PORTAL_MODE", "demo")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
if "PORTAL_VAR" not in os.environ:
    # Made by the first process, inherited by the workers of pytest-xdist.
    os.environ["PORTAL_VAR"] = tempfile.mkdtemp(prefix="license-portal-tests-")
    atexit.register(shutil.rmtree, os.environ["PORTAL_VAR"], ignore_errors=True)

from portal.settings import *  # noqa: F403
from portal.settings import CACHES, DATABASES, INSTALLED_APPS, MIDDLEWARE, STORAGES, VAR_DIR

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, because a database in memory cannot be shared by threads.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast

# Static files come straight from their sources: no manifest, nothing collected before.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = None  # type: ignore[assignment] # none is what tests have

# A page that was drawn in another test has another catalog.
CACHES["public"] = CACHES["default"]

# A folder for each worker: tests look at what came into it, and others write at the same time.
DOCUMENTS_DIR = VAR_DIR / f"documents-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
STORAGES["documents"]["OPTIONS"]["location"] = DOCUMENTS_DIR  # type: ignore[index]

# A query repeated for each row of a page is an error.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_RAISE = True
ZEAL_ALLOWLIST = [
    # a step of a file takes up some orders at a time, until its time is over
    {"model": "orders.BulkUpload", "field": "orders"},
    # allauth looks up each of a user's own sessions, at log-in and in their list: a handful
    {"model": "sessions.Session", "field": "get*"},
    # and their one address, some three times while it is changed
    {"model": "account.EmailAddress", "field": "get*"},
]
