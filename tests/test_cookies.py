"""In production each cookie is of this host alone, and goes by HTTPS alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

# Sessions are in a cookie here, so that of the database only the counters are needed.
SCRIPT = """
import django, json
django.setup()
from django.conf import settings
settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
from django.contrib import messages
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from portal.web.messages import MessageStorage

call_command("migrate", "limits", verbosity=0)
client = Client(headers={"host": "licenses.vendor.example"})
client.get("/account/login/", secure=True)
client.post("/account/language/", {"language": "es"}, secure=True)
request = RequestFactory().get("/")
request.session = client.session
storage = MessageStorage(request)
storage.add(messages.INFO, "Saved.")
storage.update(response := HttpResponse())
found = {**client.cookies, **response.cookies}
print(json.dumps({name: dict(morsel) for name, morsel in found.items()}))
"""


def cookies(tmp_path: Path, mode: str) -> dict[str, dict[str, str]]:
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_MODE": mode,
        "PORTAL_VAR": str(tmp_path),
        "PORTAL_URL": "https://licenses.vendor.example",
        "ALLOWED_HOSTS": "licenses.vendor.example",
        "MAIL_URL": "smtp://localhost:25",
        "SECRET_KEY": "only-for-tests" * 5,
        "LINK_KEY": "another-for-tests" * 5,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.db
@pytest.mark.parametrize(("mode", "prefix"), [("production", "__Host-"), ("demo", "")])
def test_each_cookie_is_of_this_host_alone(tmp_path: Path, mode: str, prefix: str) -> None:
    found = cookies(tmp_path, mode)
    names = {"sessionid", "csrftoken", "language", "messages"}
    assert set(found) == {f"{prefix}{name}" for name in names}
    for name, cookie in found.items():
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name
        assert bool(cookie["secure"]) is (mode == "production"), name
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"], name
