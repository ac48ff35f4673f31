"""Our templates, as they are read from their files."""

import re

from django.template import Origin
from django.template.loaders.filesystem import Loader

INDENTED = re.compile(r"\n[ \t]+")
MAIL = "mail/"  # kept word for word, also as HTML


class Unindented(Loader):
    """Reads pages without their indentation, a quarter of them: a browser reads it as a blank."""

    def get_contents(self, origin: Origin) -> str:
        content: str = super().get_contents(origin)
        name = str(origin.template_name)
        is_page = name.endswith(".html") and not name.startswith(MAIL)
        return INDENTED.sub("\n", content) if is_page else content
