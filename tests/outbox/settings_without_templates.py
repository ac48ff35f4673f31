"""For a worker that must not render anything: there is nothing to render with."""

from portal.settings import *  # noqa: F403

TEMPLATES = []
