"""Order forms that were left half-filled."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import User
from companies.purchase_orders import po_label
from licensing.references import LENGTH, new_reference


class DraftQuerySet(models.QuerySet["Draft"]):
    def of_author(self, user: User) -> DraftQuerySet:
        """The user's own drafts. They were never sent, so other users can't see them."""
        return self.filter(author=user)


class Draft(models.Model):
    """An order form as its user left it, unchecked."""

    reference = models.CharField(
        max_length=LENGTH, unique=True, default=new_reference, editable=False
    )
    author = models.ForeignKey(User, models.CASCADE, related_name="drafts")
    data = models.JSONField()  # `orders.form.data.Kept`
    saved_at = models.DateTimeField(_("saved"))
    submission = models.UUIDField(null=True, editable=False)  # of the form and later of its order
    by_itself = models.BooleanField(default=False)  # saved without the button "Save draft"

    objects: ClassVar[models.Manager[Draft]] = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["author", "submission"], name="draft_once_per_form"),
        ]

    def __str__(self) -> str:
        po_number = self._first("po_number")
        return po_label(po_number) if po_number else gettext("No PO number yet")

    def get_absolute_url(self) -> str:
        return reverse("draft", args=[self.reference])

    @property
    def site_name(self) -> str:
        return self._first("site_name")

    def _first(self, name: str) -> str:
        values = self.data.get(name) or [""]
        return str(values[0])
