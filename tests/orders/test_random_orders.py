"""A state machine that lets random orders make random moves, and checks the ledger."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from companies.models import Company, Role, User
from licensing.actions import correct_installation, import_installation
from licensing.models import Family, Installation, Lot, Movement, Product, Serial
from licensing.serial_policy import Action
from orders import actions
from orders.models import Order
from orders.placement import Consent, NewLine, Quote
from orders.rules.allocation import Drawing, Flaw, LineProblem
from orders.rules.problems import OrderRefused
from tests.cast import NOW, Cast, current, place_confirmed
from tests.licensing.invariants import violations
from tests.orders.lines import (
    ADDS,
    BASES,
    FIRST,
    LINES,
    RENEWALS,
    UPGRADES,
    WAITS,
    make_third_family,
)
from tests.orders.naive_ledger import Size, check_entitlements, check_serials
from tests.orders.units import Line

pytestmark = pytest.mark.both_databases

SETTINGS = settings(
    max_examples=100,
    stateful_step_count=7,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
OPEN = ("in_review", "held")
QUOTED = st.sampled_from(
    ["current", "current", "first", "all", "own and another's", "unknown", "nothing"]
)
WHO = st.sampled_from(["", "", "", "", "bayview"])  # its dealer, or an end customer of some
GO_ON = st.sampled_from([True, True, False])  # sales issues it at once, where it may be
DATA = st.data()
REASONS = st.sampled_from(["", "", "They have an old base."])


class Orders(RuleBasedStateMachine):
    """Two dealers, one of them without review, and an end customer that orders itself.

    They quote whatever they once saw. Each run starts in the same lively business, see `begin`.
    """

    cast: Cast
    products: dict[str, Product]
    orders: Bundle[Order] = Bundle("orders")
    sites: Bundle[Installation] = Bundle("sites")

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        vars(self.block)["_from_testcase"] = True  # inside, a verb may be the outermost block
        self.block.__enter__()
        self.now = NOW
        self.issued = 0  # orders, in this step
        self.grown = False  # since the run began, and every step held
        self.size = Size.now()
        self.births = check_serials({})

    def teardown(self) -> None:
        """The run is taken back, after a last look with the means of a live database."""
        try:
            assert not self.grown or violations() == []
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @initialize(target=sites)
    def begin_with_sites(self) -> Any:
        return multiple(*Installation.objects.all())

    @initialize(target=orders)
    def begin_with_orders(self) -> Any:
        return multiple(*Order.objects.filter(state__in=OPEN).select_related("company"))

    # What happens

    @rule(target=orders, who=st.sampled_from(["harbor", "summit"]), lines=FIRST, go_on=GO_ON)
    def order_new(self, who: str, lines: list[Line], go_on: bool) -> Any:
        how: dict[str, Any] = {
            "site_name": f"Site {len(lines)}",
            "lines": self._new_lines(BASES + lines),
        }
        return self._place(partial(actions.place_new, **how), who, go_on=go_on)

    @rule(target=orders, site=sites, lines=LINES, quoted=QUOTED, who=WHO)
    def order_existing(self, site: Installation, lines: list[Line], quoted: str, who: str) -> Any:
        """Without a serial it is sent anyway."""
        how: dict[str, Any] = {
            "lines": self._new_lines(lines),
            "quotes": self._quotes(site, quoted),
        }
        if quoted in ("unknown", "nothing"):
            how["consent"] = Consent(without_serial=True, accepts_warnings=True)
        return self._place(partial(actions.place_existing, **how), who or self._runs(site))

    @rule(target=orders, days=WAITS, site=sites, data=DATA, go_on=GO_ON)
    def upgrade(self, days: int, site: Installation, data: st.DataObject, go_on: bool) -> Any:
        return self._change(UPGRADES, days, site, data, go_on)

    @rule(target=orders, days=WAITS, site=sites, data=DATA, go_on=GO_ON)
    def renew(self, days: int, site: Installation, data: st.DataObject, go_on: bool) -> Any:
        return self._change(RENEWALS, days, site, data, go_on)

    @rule(target=orders, site=sites, line=st.sampled_from(ADDS), reason=REASONS)
    def enter_at_the_desk(self, site: Installation, line: Line, reason: str) -> Any:
        """Sales may overrule what a product requires."""
        company = getattr(self.cast, self._runs(site))
        how: dict[str, Any] = {
            "lines": self._new_lines([line]),
            "quotes": self._quotes(site, "all"),
            "consent": Consent(accepts_warnings=True, overrule=reason),
            "ordered_for": self._buyer(company),
            "by": self.cast.sales,
        }
        return self._place(partial(actions.place_existing, **how), self._runs(site))

    @rule(target=sites, order=orders, overrule=REASONS, again=st.booleans())
    def issue(self, order: Order, overrule: str, again: bool) -> Any:
        verb = partial(actions.issue, by=self.cast.sales, overrule=overrule)
        issued = self._move(order, "issued", verb, may=("in_review", "issued"))
        if issued and again:
            self._move(order, "issued", verb, may=("issued",))
        return issued.installation if issued else multiple()

    @rule(order=orders, verb=st.sampled_from(["hold", "release", "hold", "reject", "cancel"]))
    def review(self, order: Order, verb: str) -> None:
        sales = self.cast.sales
        state, do, may = {
            "hold": ("held", partial(actions.hold, by=sales, reason="Why?"), ("in_review",)),
            "release": ("in_review", partial(actions.release, by=sales), ("held",)),
            "reject": ("rejected", partial(actions.reject, by=sales, reason="Twice."), OPEN),
            "cancel": ("canceled", partial(actions.cancel, by=self._buyer(order.company)), OPEN),
        }[verb]
        self._move(order, state, do, may=may)

    @rule(target=sites, order=orders, site=sites, quoted=QUOTED)
    def supply_serial(self, order: Order, site: Installation, quoted: str) -> Any:
        by = self._buyer(order.company)
        verb = partial(actions.supply_serial, quotes=self._quotes(site, quoted), by=by)
        moved = self._move(order, "in_review", verb, may=("held",), or_else="issued")
        return moved.installation if moved and moved.state == "issued" else multiple()

    @rule(site=sites, to=st.sampled_from(["harbor", "summit"]), shared=st.booleans())
    def change_hands(self, site: Installation, to: str, shared: bool) -> None:
        """Its serials survive a change of dealer, end customer and name."""
        correct_installation(
            site,
            company=getattr(self.cast, to),
            end_customer=self.cast.bayview if shared else None,
            site_name=f"Site of {to}",
            reason="Sold.",
            by=self.cast.sales,
            at=self.now,
        )

    # What holds after each step

    @invariant()
    def an_issue_is_one_revision_and_all_else_none(self) -> None:
        """Where the ledger has not grown, nothing is worked out again."""
        size, before, grown = Size.now(), self.size, self.grown or self.issued
        self.grown = False
        assert size.revisions - before.revisions == self.issued
        assert size.issued - before.issued == self.issued
        if self.issued:
            self.births = check_serials(self.births)
            check_entitlements()
        else:
            assert size == before, "nothing was issued, and something is there"
        self.size, self.issued, self.grown = size, 0, bool(grown)

    # How

    def _move(
        self,
        order: Order,
        state: str,
        verb: Callable[..., Order],
        *,
        may: Sequence[str],
        or_else: str = "",
    ) -> Order | None:
        """It leads where it should, or leaves the order where it was, and says so."""
        before = self._state(order)
        try:
            moved = verb(order, at=self.now)
        except OrderRefused:
            assert self._state(order) == before
            return None
        assert before in may, f"{before}, but moved to {moved.state}"
        assert self._state(order) == moved.state
        assert moved.state in (state, or_else)
        self.issued += before != moved.state == "issued"
        return moved

    def _place(self, place: partial[Order], who: str, go_on: bool = False) -> Any:
        """By its buyer, who reads what is asked and means it; sales may issue it right away."""
        company = getattr(self.cast, who)
        values = {"company": company, "at": self.now, "po_number": secrets.token_hex(4)}
        by = {} if "by" in place.keywords else {"by": self._buyer(company)}
        count = Order.objects.count()
        try:
            order = place_confirmed(partial(place, **values, **by))
        except OrderRefused:
            assert Order.objects.count() == count
            return multiple()
        assert Order.objects.count() == count + 1
        self.issued += order.state == "issued"
        if go_on and order.state == "in_review":
            self.issue(order, "", again=False)
        return order

    def _state(self, order: Order) -> str:
        return Order.objects.values_list("state", flat=True).get(pk=order.pk)

    def _runs(self, site: Installation) -> str:
        dealer = Installation.objects.values_list("company", flat=True).get(pk=site.pk)
        return "harbor" if dealer == self.cast.harbor.pk else "summit"

    def _buyer(self, company: Company) -> User:
        buyers = {
            self.cast.harbor: self.cast.buyer,
            self.cast.summit: self.cast.outsider,
            self.cast.bayview: self.cast.end_customer,
        }
        return buyers[company]

    def _quotes(self, site: Installation, what: str) -> list[Quote]:
        serials = list(Serial.objects.filter(installation=site).order_by("family", "generation"))
        current = [Quote(each.family_id, each.number) for each in serials if each.is_current]
        alien = Serial.objects.exclude(installation=site).earliest("pk")
        return {
            "current": current,
            "first": [Quote(serials[-1].family_id, serials[0].number)],
            "all": [Quote(each.family_id, each.number) for each in serials],
            "own and another's": [*current[:1], Quote("VAI", alien.number)],
            "unknown": [Quote("VAI", "VAI-0000-0000-0000-0000")],
            "nothing": [],
        }[what]

    def _change(
        self, which: list[Line], days: int, site: Installation, data: st.DataObject, go_on: bool
    ) -> Any:
        """Days or years later, something of what is there, or was."""
        self.now += dt.timedelta(days=days, minutes=7)
        lots = set(Lot.objects.filter(installation=site).values_list("product", "last_day"))
        lines = [
            replace(line, end=end)
            for product, end in sorted(lots, key=str)
            for line in which
            if line.source == product
        ]
        if not lines:
            return multiple()
        how: dict[str, Any] = {
            "lines": self._new_lines([data.draw(st.sampled_from(lines))]),
            "quotes": self._quotes(site, "current"),
        }
        return self._place(partial(actions.place_existing, **how), self._runs(site), go_on)

    def _new_lines(self, lines: list[Line]) -> list[NewLine]:
        return [
            NewLine(
                self.products[line.part],
                line.quantity,
                Action(line.action),
                self.products[line.source] if line.source else None,
                line.end,
                line.start,
            )
            for line in lines
        ]


@pytest.fixture
def business(cast: Cast) -> type[Orders]:
    """It has a past: sites of two dealers, one from elsewhere, and orders that wait."""
    make_third_family()
    cast.summit.auto_issue = True
    cast.summit.save()
    cast.end_customer.memberships.update(role=Role.BUYER)
    cast.sales.is_superuser = True
    cast.sales.save()
    site = cast.site(ISS_Expert=4, VS_ES1=3, ISS_Federation=1)
    serials = [current(site, family) for family in ("ISS", "VAI")]
    cast.issue(cast.order_existing(*serials, VS_ES1=2, NVR_Base=3))
    cast.order_new("Pier 9", company=cast.summit, by=cast.outsider, VS_ES1=4)
    import_installation(
        company=cast.harbor,
        end_customer=cast.bayview,
        site_name="Old Mill",
        serials={Family.objects.get(pk="ISS"): "2019/004417-B"},
        by=cast.sales,
        at=NOW,
    )
    cast.issue(cast.order_existing("2019/004417-B", VS_ES3=2))
    cast.order_existing(serials[1], VS_ES3=1)  # quotes what was replaced
    actions.hold(cast.order_new("Pier 1"), by=cast.sales, reason="Which pier?", at=NOW)
    wait_for_a_serial(cast, cast.harbor, cast.buyer)
    wait_for_a_serial(cast, cast.summit, cast.outsider)

    class Business(Orders):
        pass

    Business.cast = cast
    Business.products = {product.pk: product for product in Product.objects.orderable()}
    return Business


def wait_for_a_serial(cast: Cast, company: Company, by: User) -> None:
    actions.place_existing(
        company=company,
        po_number="?",
        lines=cast.lines(VS_ES1=1),
        quotes=[],
        consent=Consent(without_serial=True),
        by=by,
        at=NOW,
    )


@pytest.mark.siege
def test_random_orders_keep_the_ledger_whole(business: type[Orders]) -> None:
    run_state_machine_as_test(business, settings=SETTINGS)


# Rules broken on purpose -------------------------------------------------------------------

FIRST_FAILURE = settings(
    SETTINGS,
    stateful_step_count=12,  # a longer run finds it sooner than more runs do
    max_examples=300,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


def reissue_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("licensing.models.Family.reissue_on", frozenset(Action))


def forget_movements(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Movement.objects, "bulk_create", list)


def take_what_is_not_there(patch: pytest.MonkeyPatch) -> None:
    check = Drawing._check_rests

    def lenient(*args: Any) -> LineProblem | None:
        problem = check(*args)
        return None if problem and problem.flaw is Flaw.TOO_FEW else problem

    patch.setattr(Drawing, "_check_rests", lenient)


BROKEN: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    reissue_everything: "changed since its birth",
    forget_movements: "holdings are off",
    take_what_is_not_there: "holdings are off",
}


@pytest.mark.siege
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_control_a_broken_rule_is_found(
    business: type[Orders],
    broken: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken(monkeypatch)
    with pytest.raises(AssertionError, match=BROKEN[broken]):
        run_state_machine_as_test(business, settings=FIRST_FAILURE)
