"""The site as a WSGI application, for any WSGI server."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)

from portal.web.charsets import Handler  # noqa: E402 - the apps come first

application = Handler()
