"""Purchase orders: their lines, quotes, state, and effects."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from companies.address_fields import AddressListField
from companies.append_only import AppendOnly
from companies.models import MAX_FULL_NAME, Company, User
from companies.names import KeyField, LikenessField, Named
from companies.paths import path_of
from companies.plain_text import validate_one_line
from companies.purchase_orders import po_label
from companies.walks import SeenQuerySet
from licensing.models import Family, Installation, Product, Revision, Serial, UpgradePath
from licensing.references import LENGTH, new_reference
from licensing.serial_numbers import MAX_LENGTH
from licensing.serial_policy import Action, Outcome
from licensing.wording import to_quote
from notifications.models import Contact
from orders.models.bulk import BulkOrder
from orders.rules import holding
from orders.rules.lines import OrderedLine
from orders.rules.moves import NEEDS_REASON, State
from orders.rules.problems import Remark
from orders.rules.remarks import from_json
from orders.wording import ACTIONS, HELD_FOR, MOVES, OUTCOMES, STATES, choices, site_said, why
from texts import po_numbers
from texts.addresses import MAX_ADDRESS
from texts.names import LONGEST_NAME
from texts.po_numbers import MAX_PO_NUMBER

if TYPE_CHECKING:
    from orders.models.bulk import BulkUpload

MAX_LINES = 200
MAX_QUANTITY = 100_000
MAX_REASON = 500  # characters
MAX_ANSWERED_BY = MAX_FULL_NAME + MAX_ADDRESS + 2
MAX_NOTIFIED = 10  # addresses that a purchase order may add
HELD_FOR_LENGTH = 16


class OrderQuerySet(SeenQuerySet["Order"]):
    SEEN_BY = ("company",)

    def with_reason(self) -> OrderQuerySet:
        """With the words in which its last move was explained, if any: `why` says it then.

        And with what the customer wrote of its site: `called` says it while that is not known.
        """
        moves = OrderEvent.objects.filter(order=OuterRef("pk")).order_by("-pk")
        quotes = OrderSerial.objects.filter(order=OuterRef("pk")).exclude(quoted="").order_by("pk")
        rows = BulkOrder.objects.filter(order=OuterRef("pk"))
        return self.annotate(
            reason=Subquery(moves.values("reason")[:1]),
            quote=Subquery(quotes.values("quoted")[:1]),
            site_in_file=Subquery(rows.order_by("pk").values("site")[:1]),
        )

    def with_what_the_page_shows(self) -> OrderQuerySet:
        """Reads the rows that every page about one order needs, in the same statement."""
        return self.select_related(
            "company",
            "placed_by",
            "ordered_for",
            "installation__company",
            "revision__confirmation",
        )

    def locked(self) -> OrderQuerySet:
        """Locks the orders for a move that changes only them."""
        return self.select_related("company", "placed_by", "ordered_for").select_for_update(
            of=("self",)
        )

    def locked_with_installation(self) -> OrderQuerySet:
        """Locks orders and their installations in one statement; orders without one are left out.

        It also reads the contacts of the installations, who get the confirmation.

        PostgreSQL reads the locked rows again after it has waited for them, so the result is
        current under the lock.
        """
        return (
            self.exclude(installation=None)
            .select_related(
                *("company", "placed_by", "ordered_for"),
                *("installation__company", "installation__end_customer"),
            )
            .annotate(contacts=Contact.objects.of(OuterRef("installation")))
            .select_for_update(of=("self", "installation"))
        )


class Order(Named):
    """The products that one purchase order asks for at one installation, new or existing."""

    class Kind(models.TextChoices):
        NEW = "new", pgettext_lazy("order", "New installation")
        EXISTING = "existing", pgettext_lazy("order", "Existing installation")

    reference = models.CharField(
        _("order number"), max_length=LENGTH, unique=True, default=new_reference, editable=False
    )
    company = models.ForeignKey(
        Company, models.PROTECT, related_name="orders", verbose_name=_("company")
    )
    kind = models.CharField(_("new or existing"), max_length=8, choices=Kind)
    po_number = models.CharField(
        _("PO number"), max_length=MAX_PO_NUMBER, validators=[validate_one_line]
    )
    po_number_key = models.CharField(
        max_length=18 * MAX_PO_NUMBER,  # folding may turn one character into 18
        editable=False,
        db_default="",  # the version before this one takes orders, too
    )
    site_name = models.CharField(
        _("site name"), max_length=LONGEST_NAME, blank=True, validators=[validate_one_line]
    )
    site_name_key = KeyField(of="site_name")
    site_name_likeness = LikenessField(of="site_name", owners=["company"])
    installation = models.ForeignKey(
        Installation,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # `order_newest_of_site` begins with it
        related_name="orders",
        verbose_name=_("installation"),
    )
    state = models.CharField(_("status"), max_length=9, choices=choices(STATES))
    placed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )
    ordered_for = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ordered for"),
        help_text=_("The member that sales entered it for. Empty when a member ordered it."),
    )
    placed_at = models.DateTimeField(_("placed"))
    changed_at = models.DateTimeField(_("changed"))
    revision = models.OneToOneField(
        Revision, models.PROTECT, null=True, blank=True, related_name="order", editable=False
    )
    held_for = models.CharField(
        _("held for"), max_length=HELD_FOR_LENGTH, blank=True, choices=choices(HELD_FOR)
    )
    remarks = models.JSONField(
        default=list, blank=True, editable=False, encoder=DjangoJSONEncoder
    )  # confirmed remarks for the orderer, and hints for sales
    overruled = models.CharField(
        _("prerequisites overruled"),
        max_length=MAX_REASON,
        blank=True,
        help_text=_("Why sales issues it without the licenses that its products require."),
    )
    notify = AddressListField(
        _("more recipients"), default=list, blank=True
    )  # more recipients of the confirmation, named on the purchase order
    submission = models.UUIDField(
        _("submission"), unique=True, default=uuid.uuid4, editable=False
    )  # of the form: a form that is sent twice makes one order

    objects: ClassVar[models.Manager[Order]] = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-pk"]
        permissions = [
            ("issue_order", _("Can issue orders")),
            ("hold_order", _("Can hold orders and take them back into review")),
            ("reject_order", _("Can reject orders")),
            ("cancel_order", _("Can cancel orders")),
            ("enter_order", _("Can enter orders on behalf of a company")),
            ("overrule_requirements", _("Can overrule what products require")),
        ]
        indexes = [
            models.Index(fields=["company", "-placed_at", "-id"], name="order_newest_of_company"),
            models.Index(
                fields=["company", "po_number_key", "-placed_at", "-id"], name="order_newest_of_po"
            ),
            models.Index(fields=["installation", "-placed_at", "-id"], name="order_newest_of_site"),
            models.Index(
                fields=["company", "-placed_at", "-id"],
                condition=Q(installation__isnull=True),
                name="order_newest_without_site",
            ),
            models.Index(
                fields=["company", "state", "-changed_at", "-id"],
                condition=Q(state__in=["in_review", "held", "rejected"]),
                name="order_to_look_at",
            ),
            models.Index(
                fields=["placed_at"],
                condition=Q(state__in=["in_review", "held"]),
                name="order_waiting",
            ),
            models.Index(fields=["placed_at", "id"], name="order_oldest"),
            models.Index(fields=["state", "placed_at", "id"], name="order_oldest_of_state"),
            models.Index(
                fields=["changed_at", "id"], condition=Q(state="held"), name="order_held_longest"
            ),
            models.Index(
                fields=["held_for", "placed_at", "id"],
                condition=Q(state="held"),
                name="order_oldest_held_for",
            ),
            models.Index(
                fields=["company", "site_name_key"],
                condition=Q(kind="new"),
                name="order_new_of_same_site",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="issued", revision__isnull=False, installation__isnull=False)
                | (~Q(state="issued") & Q(revision__isnull=True)),
                name="order_issued_iff_revision",
            ),
            models.CheckConstraint(
                condition=Q(kind="existing", site_name="") | (Q(kind="new") & ~Q(site_name="")),
                name="order_new_has_a_site_name",
            ),
            models.CheckConstraint(
                condition=~Q(kind="existing", state="in_review", installation__isnull=True),
                name="order_in_review_has_its_installation",
            ),
            models.CheckConstraint(
                condition=Q(kind="existing") | Q(installation__isnull=True) | Q(state="issued"),
                name="order_new_has_no_installation_yet",
            ),
            models.CheckConstraint(condition=~Q(po_number=""), name="order_has_a_po_number"),
            models.CheckConstraint(
                condition=Q(state="held") & ~Q(held_for="") | ~Q(state="held") & Q(held_for=""),
                name="order_held_for_something",
            ),
        ]

    # While it is placed: the file that it comes from.
    in_file: BulkUpload | None = None

    def __str__(self) -> str:
        return po_label(self.po_number)

    def save(self, *args: object, **kwargs: object) -> None:
        self.po_number_key = po_numbers.same_key(self.po_number)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    def get_absolute_url(self) -> str:
        return path_of("order", self.reference)

    @property
    def is_new(self) -> bool:
        return self.kind == self.Kind.NEW

    @property
    def site(self) -> str:
        """The name of the site, even before the installation exists."""
        return self.installation.site_name if self.installation else self.site_name

    @property
    def called(self) -> str:
        """The site, or what the customer wrote of it. Fetch the order by `with_reason`."""
        return self.site or site_said(getattr(self, "site_in_file", ""), getattr(self, "quote", ""))

    @property
    def orderer(self) -> User:
        """The member of the company who orders, even if sales entered the order."""
        return self.ordered_for or self.placed_by

    @property
    def lacks_installation(self) -> bool:
        """Whether the order's installation is still unknown."""
        return holding.lacks_installation(
            is_new=self.is_new, has_installation=self.installation_id is not None
        )

    @property
    def takes_serial(self) -> bool:
        """Whether it waits, and a serial number lets it go on."""
        return holding.takes_serial(
            State(self.state), is_new=self.is_new, is_active=self.company.active
        )

    @property
    def why(self) -> str:
        """Why it is where it is. Fetch the order by `with_reason`."""
        return str(why(self.reason, self.held_for))  # type: ignore[attr-defined]  # annotated

    @property
    def remarked(self) -> list[Remark]:
        return [from_json(remark) for remark in self.remarks]

    @property
    def dealer(self) -> Company:
        """The company whose calendar counts: the installation's dealer, or who orders a new one."""
        return self.installation.company if self.installation else self.company


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def ready_to_decide(self) -> OrderLineQuerySet:
        """Reads everything that the pure rules need of a line, in one statement."""
        path = UpgradePath.objects.filter(
            from_product=OuterRef("source"), to_product=OuterRef("product"), active=True
        )
        return self.select_related("product__family", "product__kit_of", "source").annotate(
            is_upgrade_path=Exists(path)
        )


class OrderLine(models.Model):
    """One product on an order."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(_("line"))
    action = models.CharField(
        _("action"), max_length=7, choices=choices(ACTIONS), default=str(Action.ADD)
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="order_lines", verbose_name=_("product")
    )
    quantity = models.PositiveIntegerField(
        _("quantity"), validators=[MinValueValidator(1), MaxValueValidator(MAX_QUANTITY)]
    )
    source = models.ForeignKey(
        Product,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("from"),
        help_text=_("The product that is upgraded or renewed."),
    )
    lot_end = models.DateField(
        _("from, valid through"),
        null=True,
        blank=True,
        help_text=_("The lot, if there are several."),
    )
    starts_on = models.DateField(
        _("starts"),
        null=True,
        blank=True,
        help_text=_("The start of an added subscription. If empty: the day of issue."),
    )

    objects: ClassVar[models.Manager[OrderLine]] = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_orders_something"),
            models.CheckConstraint(
                condition=Q(action="add", source__isnull=True, lot_end__isnull=True)
                | Q(action__in=["upgrade", "renew"], source__isnull=False, starts_on__isnull=True),
                name="line_names_what_it_changes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    def as_ordered(self) -> OrderedLine:
        """The line for the pure rules. Fetch it by `ready_to_decide`."""
        return OrderedLine(
            position=self.position,
            action=Action(self.action),
            part=self.product.as_part(),
            quantity=self.quantity,
            source=self.source.as_part() if self.source else None,
            lot_end=self.lot_end,
            starts_on=self.starts_on,
            is_upgrade_path=self.is_upgrade_path,  # type: ignore[attr-defined]  # annotated
        )


class OrderSerial(models.Model):
    """A family's serial on an order: the quote, and the effect of the order on the serial.

    The quote is kept as it was written, beside the serial that was found. The outcome is recorded
    once, when the order is issued; pages and mails read it from here.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="serials")
    family = models.ForeignKey(Family, models.PROTECT, related_name="+")
    quoted = models.CharField(_("quoted"), max_length=MAX_LENGTH, blank=True)
    resolved = models.ForeignKey(
        Serial, models.PROTECT, null=True, related_name="+", verbose_name=_("found")
    )
    outcome = models.CharField(_("outcome"), max_length=11, choices=choices(OUTCOMES), blank=True)
    before = models.ForeignKey(Serial, models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Serial, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("serial of an order")
        verbose_name_plural = _("serials of an order")
        ordering = ["order", "family__position", "family"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "family"], name="order_serial_once_per_family"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", before__isnull=True, after__isnull=True)
                | Q(outcome=Outcome.NEW.value, before__isnull=True, after__isnull=False)
                | Q(
                    outcome__in=[Outcome.STAYS.value, Outcome.NOT_CHANGED.value],
                    before__isnull=False,
                    after=F("before"),
                )
                | (
                    Q(
                        outcome=Outcome.REPLACES.value,
                        before__isnull=False,
                        after__isnull=False,
                    )
                    & ~Q(after=F("before"))
                ),
                name="order_serial_outcome_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id}: {self.outcome or self.quoted}"

    @property
    def to_quote(self) -> str:
        """On which orders to quote the serial; of an issued order. Fetch the family with it."""
        return to_quote(Outcome(self.outcome), self.family.reissue_on)


class OrderEvent(AppendOnly):
    """A move of an order: its user, time and reason."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    move = models.CharField(_("move"), max_length=13, choices=choices(MOVES))
    from_state = models.CharField(_("from"), max_length=9, choices=choices(STATES))
    to_state = models.CharField(_("to"), max_length=9, choices=choices(STATES))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=MAX_REASON, blank=True)
    held_for = models.CharField(
        _("held for"), max_length=HELD_FOR_LENGTH, blank=True, choices=choices(HELD_FOR)
    )
    by_link = models.BooleanField(_("by the link in the mail"), default=False)
    answered_by = models.CharField(
        _("answered by"),
        max_length=MAX_ANSWERED_BY,
        blank=True,
        db_default="",  # the version before writes events, too
        help_text=_("Who used the link in the mail, as they say. It may have been forwarded."),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(move__in=sorted(move.value for move in NEEDS_REASON), reason=""),
                name="event_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_move_display()}"

    @property
    def why(self) -> str:
        """The user's own words, or ours if the move needed none."""
        return str(why(self.reason, self.held_for))
