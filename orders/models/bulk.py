"""A bulk file between its preview and its last order. The rows stay as they were written."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.models import Company, User
from companies.purchase_orders import po_label
from licensing.references import LENGTH, new_reference
from orders.rules.moves import State
from outbox.models import Message

MAX_FILE_NAME = 100  # characters


class Status(models.TextChoices):
    """The result of an order in the file, and of its rows."""

    ISSUED = State.ISSUED.value, pgettext_lazy("order", "Issued")
    IN_REVIEW = State.IN_REVIEW.value, pgettext_lazy("order", "In review")
    HELD = State.HELD.value, pgettext_lazy("order", "Held")
    REFUSED = "refused", pgettext_lazy("order", "Refused")


class BulkUploadQuerySet(models.QuerySet["BulkUpload"]):
    def visible_to(self, user: User, *, enters: bool) -> BulkUploadQuerySet:
        """The user's uploads, while they belong to the company or enter orders for others.

        `enters` is the answer of `orders.permissions.can_enter`.
        """
        mine = Q(company__in=Company.objects.of_member(user).values("pk"))
        if enters:
            mine |= Q(ordered_for__isnull=False)
        return self.filter(mine, by=user)


class BulkUpload(models.Model):
    """One file, for one company. Previewed, then placed, both order by order."""

    class Phase(models.TextChoices):
        PREVIEWING = "previewing", _("Being checked")
        PREVIEWED = "previewed", _("Ready to be placed")
        PLACING = "placing", _("Being placed")
        PLACED = "placed", _("Placed")

    reference = models.CharField(
        max_length=LENGTH, unique=True, default=new_reference, editable=False
    )
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ordered_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    file_name = models.CharField(max_length=MAX_FILE_NAME)
    sha256 = models.CharField(max_length=64)  # of the file
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.PREVIEWING)
    row_count = models.PositiveIntegerField()
    order_count = models.PositiveIntegerField()
    # Sentences about what was left out of it, or guessed. The version before this one has none.
    notes = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    tally = models.JSONField(default=dict)  # orders by status, as far as known
    to_place = models.PositiveIntegerField(default=0)  # orders that were good in the preview
    done = models.PositiveIntegerField(default=0)  # processed orders of this phase
    # The newest mail about held orders of the file, and the keys of their events that it tells.
    held_mail = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
    held_told = models.JSONField(null=True)

    objects: ClassVar[models.Manager[BulkUpload]] = BulkUploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [models.Index(fields=["by", "-uploaded_at"], name="bulk_newest_of_user")]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("order_bulk_upload", args=[self.reference])

    @property
    def is_running(self) -> bool:
        """Whether there is work left that needs no user."""
        return self.phase in (self.Phase.PREVIEWING, self.Phase.PLACING)

    @property
    def is_placed(self) -> bool:
        """Whether all of it that is good was placed."""
        return self.phase == self.Phase.PLACED

    @property
    def is_preview(self) -> bool:
        return self.phase in (self.Phase.PREVIEWING, self.Phase.PREVIEWED)

    @property
    def total(self) -> int:
        """The number of orders of this phase."""
        return self.order_count if self.is_preview else self.to_place

    @property
    def refused(self) -> int:
        return int(self.tally.get(Status.REFUSED, 0))


class BulkOrder(models.Model):
    """The rows of one order in the file, and the decision about it."""

    upload = models.ForeignKey(BulkUpload, models.PROTECT, related_name="orders")
    position = models.PositiveIntegerField()  # in the file, from 1
    together = models.PositiveIntegerField()  # orders with the same number depend on each other
    po_number = models.TextField()  # this and the site as the file has them
    site = models.TextField()
    status = models.CharField(max_length=9, choices=Status, blank=True)
    reasons = models.JSONField(default=list)  # pairs: number of the row or null, a sentence
    serials = models.JSONField(default=dict)  # current afterwards, by family; none in a preview
    outcomes = models.JSONField(default=dict)  # of an issue, by family
    is_placed = models.BooleanField(default=False)
    begun_at = models.DateTimeField(null=True)  # when a step took it up; it is no lock
    order = models.ForeignKey("orders.Order", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["upload", "position"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "position"], name="bulk_position_once"),
            models.CheckConstraint(
                condition=Q(is_placed=False, order__isnull=True)
                | (Q(is_placed=True) & ~Q(status="")),
                name="bulk_order_placed_with_status",
            ),
        ]

    def __str__(self) -> str:
        return po_label(self.po_number)

    @property
    def submission(self) -> uuid.UUID:
        """The same for each try, so that repeated tries place the order once."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.upload.reference}/{self.position}")

    @property
    def explained(self) -> list[dict[str, Any]]:
        """The reasons for pages: `row` is null for a reason about all rows."""
        return [{"row": row, "text": text} for row, text in self.reasons]


class BulkRow(models.Model):
    upload = models.ForeignKey(BulkUpload, models.PROTECT, related_name="rows")
    # Nothing: rows are deleted separately, so that ten thousand take one statement each way.
    order = models.ForeignKey(BulkOrder, models.DO_NOTHING, related_name="rows")
    number = models.PositiveIntegerField()  # in the file
    values = models.JSONField()  # by column, as they were written

    class Meta:
        ordering = ["upload", "number"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="bulk_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
