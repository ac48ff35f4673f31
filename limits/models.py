from django.db import models


class Counter(models.Model):
    """The number of tries in the window that began with the first of them.

    Only `limits.counters` writes it. No index holds `count`, so that counting rewrites none.
    """

    key = models.CharField(max_length=64, primary_key=True)  # keyed hash: it names no person
    kind = models.CharField(max_length=30)  # the name of the limit
    count = models.PositiveIntegerField()
    ends_at = models.BigIntegerField()  # of the window, in seconds since 1970
    marks = models.TextField(blank=True)  # hashes of tries that count once in the window

    class Meta:
        indexes = [models.Index(fields=["kind", "ends_at"], name="counter_kind_end")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"
