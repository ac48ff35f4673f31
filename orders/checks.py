import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_documents_dir(**kwargs: Any) -> list[CheckMessage]:
    """orders.E001: this process's user can't write purchase order documents."""
    folder = Path(settings.DOCUMENTS_DIR)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return []
    hint = f"Let this user write in {there}, or set DOCUMENTS_DIR to a folder where it may."
    return [Error(f"Documents can't be kept in {folder}.", hint=hint, id="orders.E001")]
