"""The documents that people attach to their orders."""

from __future__ import annotations

import secrets

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from companies.append_only import AppendOnly
from companies.models import User
from companies.plain_text import validate_one_line
from licensing.references import LENGTH, new_reference
from orders.models.order import Order
from orders.rules.documents import MAX_BYTES, MAX_NAME, DocumentKind


def document_storage() -> Storage:
    return storages["documents"]


def random_file_name(document: PurchaseOrderDocument, name: str) -> str:
    """The name of the file on our disk. It has no part of the uploaded name."""
    return secrets.token_hex(16)


class PurchaseOrderDocument(AppendOnly):
    """The purchase order itself, as a checked file; kept byte for byte."""

    reference = models.CharField(max_length=LENGTH, unique=True, default=new_reference)
    order = models.ForeignKey(Order, models.PROTECT, related_name="documents")
    file = models.FileField(
        _("file"), storage=document_storage, upload_to=random_file_name, max_length=40
    )
    name = models.CharField(_("name"), max_length=MAX_NAME, validators=[validate_one_line])
    media_type = models.CharField(
        _("kind"), max_length=15, choices=[(kind.value, kind.name) for kind in DocumentKind]
    )
    size = models.PositiveIntegerField(_("size"))  # bytes
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("purchase order document")
        verbose_name_plural = _("purchase order documents")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "sha256"], name="document_once_per_order"),
            models.UniqueConstraint(fields=["file"], name="document_has_its_own_file"),
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=MAX_BYTES), name="document_size_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(media_type__in=[kind.value for kind in DocumentKind]),
                name="document_of_a_known_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name
