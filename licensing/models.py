"""The catalog, and the ledger of what every installation has and had.

Every change of an installation is one `Revision`. Serials, lots and movements point at their
revision and are never changed afterwards, with one exception: a serial is demoted when another one
replaces it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from companies.append_only import AppendOnly, AppendOnlyQuerySet
from companies.models import Company, User
from companies.names import KeyField, LikenessField, Named, SortField
from companies.paths import path_of
from companies.plain_text import validate_one_line
from companies.walks import SeenQuerySet
from licensing import serial_numbers, wording
from licensing.coverage import HeldLot
from licensing.parts import Part
from licensing.references import LENGTH, new_reference
from licensing.serial_policy import Action
from texts import parts
from texts.names import LONGEST_NAME

MAX_NAME = 100  # characters of the name of the person who entered a serial
MAX_KEY = 2 * serial_numbers.MAX_LENGTH  # characters


# Catalog ------------------------------------------------------------------------------


class Family(models.Model):
    """A license type, like ISS or VAI. It carries the serial policy: no code knows a family."""

    code = models.CharField(_("code"), max_length=8, primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    tagline = models.CharField(_("tagline"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    reissue_on_add = models.BooleanField(_("new serial on add"), default=False)
    reissue_on_upgrade = models.BooleanField(_("new serial on upgrade"), default=False)
    reissue_on_renew = models.BooleanField(_("new serial on renewal"), default=False)
    asks_changeover = models.BooleanField(
        _("asks whether a new serial was entered"),
        default=False,
        db_default=False,  # the version before this one adds license types, too
        help_text=_(
            "After a serial number was replaced, ask until somebody says that the new one "
            "is on the server."
        ),
    )

    class Meta:
        verbose_name = _("license type")
        verbose_name_plural = _("license types")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    @property
    def reissue_on(self) -> frozenset[Action]:
        switches = {
            Action.ADD: self.reissue_on_add,
            Action.UPGRADE: self.reissue_on_upgrade,
            Action.RENEW: self.reissue_on_renew,
        }
        return frozenset(action for action, on in switches.items() if on)

    @property
    def to_quote(self) -> str:
        """On which orders to quote the current serial."""
        return wording.to_quote_now(self.reissue_on)


class ProductQuerySet(models.QuerySet["Product"]):
    def alike(self, part_number: str) -> list[str]:
        """Other part numbers that read the same when typed. Reads the whole catalog."""
        others = self.exclude(pk=part_number).values_list("pk", flat=True)
        key = parts.same_key(part_number)
        return [other for other in others if parts.same_key(other) == key]

    def with_in_its_number(self, text: str) -> list[str]:
        """Part numbers that contain the text in any spelling. Reads the whole catalog."""
        key, names = parts.same_key(text), self.values_list("pk", flat=True)
        return [name for name in names if key in parts.same_key(name)]

    def orderable(self) -> ProductQuerySet:
        """The products that can be ordered, in catalog order, ready to be read as parts."""
        return self.filter(active=True).select_related("family", "kit_of")


def reads_like(part_number: str, other: str) -> str:
    """Says why a catalog can't have both part numbers."""
    return gettext(
        "“%(one)s” reads like “%(other)s”, which is in the catalog: only case, blanks, dashes or "
        "underscores differ. Choose another part number."
    ) % {"one": part_number, "other": other}


class Product(models.Model):
    """A part number of the catalog."""

    class Unit(models.TextChoices):
        DEVICE = "device", pgettext_lazy("unit", "Device")
        CAMERA = "camera", pgettext_lazy("unit", "Camera")
        SERVER = "server", pgettext_lazy("unit", "Server")

    part_number = models.CharField(_("part number"), max_length=40, primary_key=True)
    family = models.ForeignKey(
        Family, models.PROTECT, related_name="products", verbose_name=_("license type")
    )
    description = models.TextField(_("description"), max_length=500)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit)
    kit_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="kits",
        verbose_name=_("kit of"),
        help_text=_("For a pack: the product that it stands for."),
    )
    kit_quantity = models.PositiveSmallIntegerField(_("units in the kit"), default=1)
    requires = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="required_by",
        verbose_name=_("requires"),
    )
    requires_one_each = models.BooleanField(
        _("one required license for each unit"),
        default=False,
        help_text=_(
            "If cleared, one license is enough, and ordering more units than it covers is a "
            "warning."
        ),
    )
    counts_as = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stand_ins",
        verbose_name=_("counts as"),
        help_text=_("This product also meets the requirements that name that one."),
    )
    tier = models.CharField(_("tier"), max_length=40, blank=True)
    term_years = models.PositiveSmallIntegerField(
        _("term in years"), null=True, blank=True, help_text=_("Subscriptions only.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True, help_text=_("Can be ordered."))

    objects: ClassVar[models.Manager[Product]] = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "part_number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kit_of__isnull=True, kit_quantity=1)
                | Q(kit_of__isnull=False, kit_quantity__gt=1),
                name="product_kit_has_quantity",
            ),
            models.CheckConstraint(
                condition=Q(term_years__isnull=True) | Q(term_years__gte=1),
                name="product_term_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.part_number

    def clean(self) -> None:
        """Refuses a part number that reads like another: users would mistake one for the other."""
        if self._state.adding and (alike := Product.objects.alike(self.part_number)):
            raise ValidationError({"part_number": reads_like(self.part_number, alike[0])})

    def as_part(self) -> Part:
        """The product for the pure rules. Reads `kit_of`: fetch it with the product."""
        return Part(
            part_number=self.part_number,
            family=self.family_id,
            requires=self.requires_id,
            requires_one_each=self.requires_one_each,
            counts_as=self.counts_as_id,
            tier=self.tier,
            term_years=self.term_years,
            kit_of=self.kit_of.as_part() if self.kit_of else None,
            kit_quantity=self.kit_quantity,
            position=self.position,
        )


class UpgradePath(models.Model):
    """Units of one product can become units of another.

    `load_catalog` adds a deleted row again; an inactive row stays inactive.
    """

    from_product = models.ForeignKey(
        Product, models.PROTECT, related_name="upgrades_to", verbose_name=_("from")
    )
    to_product = models.ForeignKey(
        Product, models.PROTECT, related_name="upgrades_from", verbose_name=_("to")
    )
    active = models.BooleanField(_("active"), default=True, help_text=_("Can be ordered."))

    class Meta:
        verbose_name = _("upgrade path")
        verbose_name_plural = _("upgrade paths")
        ordering = ["from_product__position", "to_product__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["from_product", "to_product"], name="upgrade_path_once"
            ),
            models.CheckConstraint(
                condition=~Q(from_product=F("to_product")), name="upgrade_path_leads_elsewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_product_id} → {self.to_product_id}"

    def clean(self) -> None:
        """Refuses paths between license types and from or to kits, unless they are inactive."""
        if not (self.active and self.from_product_id and self.to_product_id):
            return
        products = (self.from_product, self.to_product)
        if len({product.family_id for product in products}) > 1:
            raise ValidationError(_("Both products must be of the same license type."))
        if any(product.kit_of_id for product in products):
            raise ValidationError(_("A kit can only be added. Choose the product that it holds."))


# Installations ------------------------------------------------------------------------


class InstallationQuerySet(SeenQuerySet["Installation"]):
    SEEN_BY = ("company", "end_customer")


class Installation(Named):
    """One system, which its serials identify. Its first issued order makes it."""

    reference = models.CharField(
        max_length=LENGTH, unique=True, default=new_reference, editable=False
    )
    company = models.ForeignKey(
        Company, models.PROTECT, related_name="installations", verbose_name=_("dealer")
    )
    end_customer = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="systems",
        verbose_name=_("end customer"),
        help_text=_("Sees this installation, and nothing else of the dealer."),
    )
    site_name = models.CharField(
        _("site name"), max_length=LONGEST_NAME, validators=[validate_one_line]
    )
    site_name_key = KeyField(of="site_name")
    site_name_sort = SortField(of="site_name")
    site_name_likeness = LikenessField(of="site_name", owners=["company", "end_customer"])
    revision_count = models.PositiveIntegerField(_("revisions"), default=0, editable=False)
    changed_at = models.DateTimeField(_("last change"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Installation]] = InstallationQuerySet.as_manager()

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        ordering = ["site_name_sort", "pk"]
        indexes = [
            models.Index(fields=["site_name_sort", "id"], name="installation_by_name"),
            models.Index(fields=["company", "site_name_sort", "id"], name="installation_by_dealer"),
            models.Index(
                fields=["end_customer", "site_name_sort", "id"],
                condition=Q(end_customer__isnull=False),
                name="installation_by_end_customer",
            ),
            models.Index(
                fields=["company", "-changed_at", "-id"], name="installation_newest_of_dealer"
            ),
            models.Index(
                fields=["end_customer", "-changed_at", "-id"],
                condition=Q(end_customer__isnull=False),
                name="installation_newest_of_cust",
            ),
            models.Index(fields=["company", "site_name_key"], name="installation_same_of_dealer"),
            models.Index(
                fields=["end_customer", "site_name_key"],
                condition=Q(end_customer__isnull=False),
                name="installation_same_of_customer",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(site_name=""), name="installation_has_a_site_name"),
        ]

    def __str__(self) -> str:
        return self.site_name

    def get_absolute_url(self) -> str:
        return path_of("installation", self.reference)

    def is_of(self, company: Company) -> bool:
        """Whether the company is the dealer or the end customer of the installation."""
        return company.pk in self.company_ids

    @property
    def company_ids(self) -> set[int]:
        """The keys of the companies that see it: its dealer and its end customer."""
        columns = (f"{column}_id" for column in InstallationQuerySet.SEEN_BY)
        return {key for key in (getattr(self, column) for column in columns) if key is not None}


# Ledger -------------------------------------------------------------------------------


class Revision(AppendOnly):
    """One change of an installation: R1, R2, …"""

    class Cause(models.TextChoices):
        ORDER = "order", _("Order")
        IMPORT = "import", _("Import")
        CORRECTION = "correction", _("Correction")

    installation = models.ForeignKey(Installation, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    note = models.CharField(
        _("note"), max_length=1000, blank=True, help_text=_("The values that a correction changed.")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["installation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["installation", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revision_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"R{self.number}"


class SerialQuerySet(AppendOnlyQuerySet["Serial"]):
    def current(self) -> SerialQuerySet:
        return self.filter(is_current=True)

    def to_be_entered(self) -> SerialQuerySet:
        """Current serials that replaced others and still wait for the report from the server."""
        asked = self.current().filter(supersedes__isnull=False, family__asks_changeover=True)
        # Not `entered=None`: of a join without a match PostgreSQL expects one row, and then it
        # reads and sorts all of them.
        return asked.filter(~Exists(SerialEntered.objects.filter(serial=OuterRef("pk"))))

    def meant_by(self, text: str) -> SerialQuerySet:
        """The serials that the text means by `serial_numbers.meant`, in one statement."""
        bare = serial_numbers.without_label(text)
        alike = Q(lookup_key=serial_numbers.fold(text))
        if bare != text:
            alike |= self._written_or(bare, Q(lookup_key=serial_numbers.fold(bare)))
        keyed = self.filter(lookup_key__in=serial_numbers.keys_of(text))
        return keyed.filter(self._written_or(text, alike))

    def _written_or(self, text: str, alike: Q) -> Q:
        written = Q(number=text.strip())
        return written | Q(~Exists(self.order_by().filter(written)), alike)

    def demote(self, *, at: dt.datetime) -> int:
        """Marks these current serials as superseded. The only change a serial ever sees."""
        current = self.filter(is_current=True)
        return models.QuerySet.update(current, is_current=False, superseded_at=at)


class Serial(AppendOnly):
    """A serial number that an installation has or had in a family; one link of a chain."""

    installation = models.ForeignKey(Installation, models.PROTECT, related_name="serials")
    family = models.ForeignKey(Family, models.PROTECT, related_name="serials")
    number = models.CharField(_("serial number"), max_length=serial_numbers.MAX_LENGTH, unique=True)
    lookup_key = models.CharField(max_length=MAX_KEY)
    issued_elsewhere = models.BooleanField(_("issued elsewhere"), default=False)
    # A serial number of ours has its key for itself. Of the serial numbers from elsewhere that fold
    # alike, the first holds the key, and the others point to it.
    elsewhere_key = models.CharField(  # noqa: DJ001 - nothing is no key, and stands many times
        max_length=MAX_KEY, null=True, editable=False
    )
    folds_like = models.ForeignKey(
        "self",
        models.PROTECT,
        to_field="elsewhere_key",
        null=True,
        editable=False,
        related_name="folding_alike",
    )
    generation = models.PositiveIntegerField(_("generation"))
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="serials")
    is_current = models.BooleanField(_("current"), default=True)
    superseded_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    objects: ClassVar[models.Manager[Serial]] = SerialQuerySet.as_manager()

    class Meta:
        verbose_name = _("serial number")
        verbose_name_plural = _("serial numbers")
        ordering = ["installation", "family", "generation"]
        constraints = [
            models.UniqueConstraint(
                fields=["installation", "family"],
                condition=Q(is_current=True),
                name="serial_one_current_per_family",
            ),
            models.UniqueConstraint(
                fields=["installation", "family", "generation"], name="serial_chain_is_linear"
            ),
            models.CheckConstraint(
                condition=Q(generation=1, supersedes__isnull=True)
                | Q(generation__gt=1, supersedes__isnull=False),
                name="serial_first_has_no_predecessor",
            ),
            models.CheckConstraint(
                condition=Q(is_current=True, superseded_at__isnull=True)
                | Q(is_current=False, superseded_at__isnull=False),
                name="serial_current_xor_superseded",
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(lookup_key=""), name="serial_number_not_empty"
            ),
            models.UniqueConstraint(
                fields=["lookup_key"],
                condition=Q(folds_like__isnull=True),
                name="serial_key_once",
                violation_error_message=_(
                    "There is a serial number already that reads the same. Compare the two."
                ),
            ),
            models.UniqueConstraint(
                fields=["elsewhere_key"], name="serial_key_from_elsewhere_held_once"
            ),
            models.CheckConstraint(
                condition=Q(elsewhere_key__isnull=True, folds_like__isnull=True)
                & Q(issued_elsewhere=False)
                | Q(elsewhere_key__isnull=False, folds_like__isnull=True)
                & Q(issued_elsewhere=True, elsewhere_key=F("lookup_key"))
                | Q(elsewhere_key__isnull=True, folds_like__isnull=False)
                & Q(issued_elsewhere=True, folds_like=F("lookup_key")),
                name="serial_only_elsewhere_folds_alike",
            ),
        ]
        indexes = [
            models.Index(fields=["lookup_key"], name="serial_by_key"),
            models.Index(
                fields=["revision", "installation"],
                condition=Q(is_current=True, supersedes__isnull=False),
                name="serial_to_be_entered",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SerialEntered(AppendOnly):
    """Somebody reported that this serial was entered at the server: who, and when."""

    serial = models.OneToOneField(Serial, models.PROTECT, related_name="entered")
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    name = models.CharField(
        _("name"), max_length=MAX_NAME, blank=True, validators=[validate_one_line]
    )  # the name of the person who used the link, as typed
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("serial number that was entered")
        verbose_name_plural = _("serial numbers that were entered")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=False, name="") | (Q(by__isnull=True) & ~Q(name="")),
                name="serial_entered_by_user_or_by_link",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.by)


class LotQuerySet(AppendOnlyQuerySet["Lot"]):
    def with_units_left(self) -> LotQuerySet:
        """As `not_renewed`, by a look at each lot's own movements: a walk ends where it is cut."""
        left = models.Sum(F("quantity") - F("renewed"))
        movements = Movement.objects.filter(lot=OuterRef("pk")).order_by().values("lot")
        return self.alias(left=Subquery(movements.values(left=left))).filter(left__gt=0)

    def held(self) -> list[HeldLot]:
        """The units that remain in the lots, in catalog order; one statement."""
        return [lot for _site, lot in self.held_at_sites()]

    def held_at_sites(self) -> list[tuple[int, HeldLot]]:
        """The same with the key of each lot's installation."""
        rows = (
            self.values(
                "installation",
                "starts_on",
                "last_day",
                key=F("pk"),
                part_number=F("product"),
                family=F("product__family"),
                requires=F("product__requires"),
                requires_one_each=F("product__requires_one_each"),
                counts_as=F("product__counts_as"),
                tier=F("product__tier"),
                term_years=F("product__term_years"),
                position=F("product__position"),
            )
            .annotate(
                units=models.Sum("movements__quantity"),
                already_renewed=models.Sum("movements__renewed"),
            )
            .filter(units__gt=0)
            .order_by("product__position", "product_id", "last_day", "starts_on", "pk")
        )
        return [_at_site(**row) for row in rows]


def not_renewed(lots: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Lots, or groups of them, with units that no later term follows: `left` of them.

    `HeldLot.not_renewed` says the same of a lot that was read.
    """
    left = models.Sum(F("movements__quantity") - F("movements__renewed"))
    found: models.QuerySet[Any] = lots.annotate(left=left).filter(left__gt=0)
    return found


def _at_site(
    *,
    installation: int,
    key: int,
    units: int,
    already_renewed: int,
    starts_on: dt.date,
    last_day: dt.date | None,
    **part: Any,
) -> tuple[int, HeldLot]:
    lot = HeldLot(Part(**part), units, starts_on, last_day, already_renewed, key)
    return installation, lot


class Lot(AppendOnly):
    """Units of a product with one start and, for subscriptions, one last valid day."""

    installation = models.ForeignKey(Installation, models.PROTECT, related_name="lots")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="lots")
    line = models.PositiveSmallIntegerField(_("line"))  # of the order or import
    product = models.ForeignKey(Product, models.PROTECT, related_name="lots")
    starts_on = models.DateField(_("starts"))
    last_day = models.DateField(_("valid through"), null=True, blank=True)

    objects: ClassVar[models.Manager[Lot]] = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["installation", "pk"]
        indexes = [
            models.Index(
                fields=["last_day", "id"], condition=Q(last_day__isnull=False), name="lot_by_end"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("starts_on")),
                name="lot_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}, {self.starts_on}"


class Movement(AppendOnly):
    """A change of the units in a lot. An installation holds the sum of its movements.

    Renewed units stay in their lot until it ends; their number is summed up, too.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="movements")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="movements")
    line = models.PositiveSmallIntegerField(_("line"))  # of the order or import
    quantity = models.IntegerField(_("quantity"))
    renewed = models.IntegerField(_("renewed"), default=0)
    held_before = models.PositiveIntegerField(_("held before"))
    held_after = models.PositiveIntegerField(_("held after"))

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(quantity=0, renewed=0), name="movement_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+}"
