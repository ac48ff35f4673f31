"""A column of bytes that are stored compressed, since they are many and rarely read."""

from __future__ import annotations

import zlib
from typing import Any

from django.db import models


class PackedField(models.BinaryField):  # type: ignore[type-arg]  # not generic at run time
    """Null is stored as null."""

    def from_db_value(self, value: Any, *_: Any) -> bytes | None:
        return None if value is None else zlib.decompress(bytes(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        packed = None if value is None else zlib.compress(bytes(value))
        return super().get_db_prep_value(packed, connection, prepared)
