"""The order form for customers, and for staff on their behalf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import Company, User
from companies.plain_text import validate_one_line
from companies.text_fields import TextFormField
from licensing.coverage import MissingBase, NotCovered
from orders import actions
from orders.documents.forms import DocumentField
from orders.for_whom import ForWhomForm
from orders.form.data import Kept, left_file, started, to_keep
from orders.form.fields import AddressesField, SiteField, TokensField
from orders.form.lines import Lines
from orders.form.notes import annotate, checks_of, said_of
from orders.form.preview import Preview, preview
from orders.form.serials import SerialsForm, field_names
from orders.models import MAX_REASON, Order
from orders.permissions import can_overrule
from orders.placement import Consent, Placing, Seen
from orders.rules.allocation import LineProblem
from orders.rules.problems import Guard, OrderRefused, Problem
from orders.wording import GOES
from texts.names import LONGEST_NAME
from texts.po_numbers import MAX_PO_NUMBER

_IN_FORECAST = (LineProblem, MissingBase, NotCovered, *get_args(Guard))


def kept_fields() -> list[str]:
    """The names of the customers' fields, for a form that is kept without being read."""
    return [*OrderForm.base_fields, *field_names()]


class OrderForm(ForWhomForm, SerialsForm):
    """One purchase order for one installation, with its lines in `lines`.

    It is always made from data, a new one from `orders.form.data.started`. It knows what is wrong
    with it, and prints it only where it `shows_errors`: people are not told about errors while
    they type. Sales fills in the same form `on_behalf_of` a company, and says for whom there.
    """

    kind = forms.TypedChoiceField(
        label=_("Is the installation new or existing?"),
        choices=Order.Kind.choices,
        coerce=Order.Kind,
        widget=forms.RadioSelect(attrs={"class": "choice"}),
        error_messages={"required": _("Say whether the installation is new or existing.")},
    )
    site_name = TextFormField(
        label=_("Site name"),
        max_length=LONGEST_NAME,
        required=False,
        validators=[validate_one_line],
        help_text=_("The name that you and your customer know the site by."),
    )
    find = SiteField()
    without_serial = forms.BooleanField(
        label=_("Send the order without it: sales looks up the serial number"),
        required=False,
        help_text=_(
            "The order is held until the serial number is known. Nothing is issued before, "
            "and we email you a link to give it later."
        ),
    )
    po_number = TextFormField(
        label=_("PO number"),
        max_length=MAX_PO_NUMBER,
        validators=[validate_one_line],
        error_messages={
            "required": _("Enter the number of your purchase order."),
            "max_length": _("A PO number has at most %(limit_value)d characters."),
        },
    )
    document = DocumentField(label=_("Purchase order document"), required=False)
    notify = AddressesField(
        label=_("More email addresses"),
        required=False,
        help_text=_("With commas between them. They get the confirmation, too."),
    )
    confirmed = TokensField(required=False)
    seen = TextFormField(required=False, max_length=40, widget=forms.HiddenInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)
    left_file = forms.Field(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        user: User,
        on_behalf_of: Company | None = None,
        shows_errors: bool = False,
    ) -> None:
        self.data: QueryDict
        super().__init__(data or started(), files)
        self.user = user
        self.on_behalf_of = on_behalf_of
        self._fill_in("company", self.offer_companies(user, on_behalf_of)[:1])
        if on_behalf_of:
            self._offer_members(on_behalf_of)
        self.shows_errors = shows_errors
        self.lines = Lines(self.data, form_kwargs={"shows_errors": shows_errors})
        self.lines_are_valid = self.lines.is_valid()
        self.full_clean()

    def _offer_members(self, company: Company) -> None:
        """Offers the members of the company, which sales chose already."""
        self.offer_members(
            company,
            help_text=gettext("Gets the confirmation email, as if they had placed the order."),
            required=gettext("Choose the member of the company who gets the confirmation."),
        )
        if can_overrule(self.user):
            self._ask_to_overrule()

    def _ask_to_overrule(self) -> None:
        self.fields["overrule"] = TextFormField(
            label=_("Reason to order without the prerequisites"),
            max_length=MAX_REASON,
            required=False,
            validators=[validate_one_line],
            help_text=_("The order shows it. Needed only if a prerequisite is missing."),
        )

    def _fill_in(self, name: str, first: Sequence[Company]) -> None:
        if first and name not in self.data:
            self.data = self.data.copy()
            self.data[name] = str(first[0].pk)

    # What would happen

    def read_forecast(self) -> None:
        """Reads the data that the page shows. Call it for a shown form, not for a placed one."""
        self.preview = self._preview()
        self.notes = annotate(self.preview, self.lines.whole_forms)
        self.said = said_of(self.preview, self.serial_fields)
        self.heed(self.preview.problems)
        self.checks = checks_of(self.preview, self.lines.whole_forms)
        self.lines.offer(self._lots())
        if self.shows_errors:
            self._mark_lines()

    def _preview(self) -> Preview:
        """The preview of the complete lines; a line that is not complete is left out."""
        values = self.cleaned_data
        company, kind = values.get("company"), values.get("kind")
        if not (company and kind):
            return Preview()
        order = Order(
            company=company,
            kind=kind,
            site_name=values.get("site_name") or "",
            po_number=values.get("po_number") or "",
            placed_by=self.user,
            ordered_for=values.get("ordered_for"),
        )
        return preview(
            order,
            self.lines.ordered(),
            self.quotes(),
            paths=self.lines.paths,
            consent=self._consent(),
            at=timezone.now(),
        )

    def _lots(self) -> Any:
        prepared = self.preview.prepared
        return prepared.holdings.lots if prepared else None

    def _consent(self) -> Consent:
        values = self.cleaned_data
        reference, _bar, number = (values.get("seen") or "").partition("|")
        return Consent(
            confirmed=values.get("confirmed") or frozenset(),
            without_serial=bool(values.get("without_serial")),
            overrule=values.get("overrule") or "",
            seen=Seen(reference, int(number)) if number.isdecimal() else None,
        )

    @property
    def seen_now(self) -> str:
        """For the next request: the state of the installation in this forecast."""
        installation = self.preview.installation
        return f"{installation.reference}|{installation.revision_count}" if installation else ""

    def to_keep(self) -> Kept:
        """The data for a draft. A chosen file is not kept, only its name."""
        return to_keep(self.data, self.fields, self.files)

    @property
    def file_not_kept(self) -> str:
        """The name of the file that has to be chosen again."""
        return left_file(self.data, self.files)

    @property
    def to_fix(self) -> int:
        """The number of problems that stop the order."""
        return sum(check.look == "stop" for check in self.checks)

    @property
    def goes(self) -> str:
        """The state that the order gets if it is placed now; empty while it can't be."""
        return str(GOES.get(self.preview.goes, ""))

    # Checks

    def is_valid(self) -> bool:
        """Checks all parts, so that the page shows every error at once."""
        return super().is_valid() and self.lines_are_valid

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") is Order.Kind.NEW:
            self._check_new(cleaned)
        return cleaned

    def _check_new(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("site_name") and "site_name" not in self.errors:
            self.add_error("site_name", gettext("Give the new site a name."))
        if self.quotes():
            self.add_error(
                "kind",
                gettext(
                    "You wrote a serial number, so the installation exists already. Choose "
                    "“Existing installation”, or clear the serial number there."
                ),
            )

    # Placing

    def place(self) -> Order | None:
        """Places the order, or shows the refusal; call it on a valid form."""
        values = self.cleaned_data
        placing: Placing = {
            "company": values["company"],
            "po_number": values["po_number"],
            "lines": self.lines.ordered(),
            "by": self.user,
            "ordered_for": values.get("ordered_for"),
            "notify": values["notify"],
            "document": values["document"],
            "consent": self._consent(),
            "submission": values["submission"],
        }
        try:
            return actions.place_order(
                kind=values["kind"],
                site_name=values["site_name"],
                quotes=self.quotes(),
                **placing,
            )
        except OrderRefused as refusal:
            self.show(refusal.problems)
            return None

    def show(self, problems: Iterable[Problem]) -> None:
        """Shows the problems at their fields. The forecast shows those of lines and guards."""
        super().show(each for each in problems if not isinstance(each, _IN_FORECAST))

    def _mark_lines(self) -> None:
        for line in self.lines.whole_forms:
            if any(note.look == "stop" for note in line.notes):
                line.mark()
