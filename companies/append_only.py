"""Rows that are written once: the ledger and all other history."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, TypeVar

from django.db import models


class HistoryIsFinal(TypeError):
    """Code tried to change or delete a row of the history."""


Row = TypeVar("Row", bound=models.Model)


class AppendOnlyQuerySet(models.QuerySet[Row]):
    def update(self, **fields: Any) -> NoReturn:
        raise HistoryIsFinal(f"{self.model.__name__} rows are never changed.")

    def delete(self) -> NoReturn:
        raise HistoryIsFinal(f"{self.model.__name__} rows are never deleted.")


class AppendOnly(models.Model):
    """A row that can be inserted, but neither saved again nor deleted."""

    objects: ClassVar[models.Manager[Any]] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise HistoryIsFinal(f"{type(self).__name__} rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise HistoryIsFinal(f"{type(self).__name__} rows are never deleted.")
