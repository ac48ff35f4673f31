"""Django's cache, as far as somebody needs it here: to tell whether something was used before.

allauth asks it so about codes of authenticator apps. The answer comes from the counters, so that
no other traffic pushes it out. There is nothing else to keep: what is read from it raises.
"""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from limits import counters
from limits.declared import Limit, Per, Window
from limits.models import Counter

NAME = "used_once"


class OnceCache(BaseCache):
    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Whether it is the first within so many seconds."""
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        limit = Limit(NAME, Per.KEY, (Window(1, int(seconds or 0)),))
        return not counters.count(limit.of(self.make_key(key, version))).over

    def clear(self) -> None:
        Counter.objects.filter(kind=NAME).delete()
