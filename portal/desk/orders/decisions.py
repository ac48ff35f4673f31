"""The decisions of sales about orders, as a table: the verb, and its words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from companies.models import User
from companies.text_fields import TextFormField
from orders import actions
from orders.models import MAX_REASON, Order, OrderEvent
from orders.permissions import can_decide
from orders.rules.moves import NEEDS_REASON_OF_SALES, Move, State
from orders.rules.problems import MoveNotPossible, OrderRefused, check_company, check_move
from orders.wording import sentence

logger = logging.getLogger(__name__)

MAX_AT_ONCE = 100  # orders that one click decides about


@dataclass(frozen=True, slots=True)
class Decision:
    move: Move
    verb: Callable[..., Order]
    look: str  # class of its button
    button: Promise  # on the page of an order
    title: Promise  # of "orders", which are one or several
    submit: Promise  # for one order
    explanation: Promise
    done: Promise  # of an "order"

    @property
    def needs_reason(self) -> bool:
        return self.move in NEEDS_REASON_OF_SALES


DECISIONS = {
    decision.move: decision
    for decision in (
        Decision(
            Move.ISSUE,
            actions.issue,
            "",
            pgettext_lazy("verb", "Issue"),
            gettext_lazy("Issue %(orders)s"),
            gettext_lazy("Issue order"),
            gettext_lazy(
                "Serial numbers are issued as the license types say, and the customer "
                "gets the confirmation by email. That is final."
            ),
            gettext_lazy("%(order)s is issued. The confirmation is on its way."),
        ),
        Decision(
            Move.HOLD,
            actions.hold,
            "",
            pgettext_lazy("verb", "Hold"),
            gettext_lazy("Hold %(orders)s"),
            gettext_lazy("Hold order"),
            gettext_lazy(
                "Nothing is issued while an order is held. The customer gets an email with the "
                "reason and, for an existing installation, a link to give the serial number. "
                "The order goes on when they or you give it, or when you take it back into "
                "review."
            ),
            gettext_lazy("%(order)s is held."),
        ),
        Decision(
            Move.RELEASE,
            actions.release,
            "",
            pgettext_lazy("verb", "Take back into review"),
            gettext_lazy("Take %(orders)s back into review"),
            gettext_lazy("Take back into review"),
            gettext_lazy("For an order whose open question is answered. It can be issued then."),
            gettext_lazy("%(order)s is back in review."),
        ),
        Decision(
            Move.REJECT,
            actions.reject,
            "danger",
            pgettext_lazy("verb", "Reject"),
            gettext_lazy("Reject %(orders)s"),
            gettext_lazy("Reject order"),
            gettext_lazy(
                "Rejecting is final: nothing is issued, and a new order is needed. "
                "The customer gets an email with the reason."
            ),
            gettext_lazy("%(order)s is rejected."),
        ),
        Decision(
            Move.CANCEL,
            actions.cancel,
            "danger",
            pgettext_lazy("verb", "Cancel"),
            gettext_lazy("Cancel %(orders)s"),
            gettext_lazy("Cancel order"),
            gettext_lazy(
                "For an order that the customer takes back. "
                "Canceling is final: nothing is issued, and a new order is needed. "
                "The customer gets an email with the reason."
            ),
            gettext_lazy("%(order)s is canceled."),
        ),
    )
}


def decisions_of(user: User) -> list[Decision]:
    """The decisions that the user has permission for."""
    return [decision for move, decision in DECISIONS.items() if can_decide(user, move)]


class DecisionForm(forms.Form):
    """The reason of a decision, asked once for any number of orders."""

    reason = TextFormField(
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer sees it on the order."),
    )

    def __init__(self, decision: Decision, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or nothing
        field = self.fields["reason"]
        field.required = decision.needs_reason
        field.label = _("Reason") if decision.needs_reason else _("Note")


class OverruleForm(DecisionForm):
    """The form to issue an order without the licenses that its products require."""

    field_order = ("overrule", "reason")
    overrule = TextFormField(
        label=gettext_lazy("Reason to issue without them"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer sees it on the order."),
        error_messages={
            "required": gettext_lazy(
                "Say why it is issued without the licenses that its products require."
            )
        },
    )


class DecisionsForm(DecisionForm):
    """The same for several orders."""

    orders = forms.ModelMultipleChoiceField(
        Order.objects.none(),
        to_field_name="reference",
        widget=forms.MultipleHiddenInput,
        error_messages={
            "required": gettext_lazy("Choose the orders in the list first."),
            "invalid_choice": gettext_lazy("One of the orders is gone. Choose them again."),
            "invalid_pk_value": gettext_lazy("One of the orders is unknown. Choose them again."),
        },
    )

    def __init__(self, decision: Decision, orders: QuerySet[Order], data: object = None) -> None:
        super().__init__(decision, data)
        self.fields["orders"].queryset = orders  # type: ignore[attr-defined]

    def clean_orders(self) -> QuerySet[Order]:
        orders: QuerySet[Order] = self.cleaned_data["orders"]
        if len(orders) > MAX_AT_ONCE:
            raise forms.ValidationError(too_many())
        return orders


def too_many() -> str:
    return _("Choose at most %(count)d orders at once.") % {"count": MAX_AT_ONCE}


@dataclass(frozen=True, slots=True)
class Candidate:
    order: Order
    problem: str  # why it can't be decided now, or empty


def candidates(decision: Decision, orders: Sequence[Order]) -> list[Candidate]:
    return [Candidate(order, problem_of(decision, order)) for order in orders]


def problem_of(decision: Decision, order: Order) -> str:
    """Why the order's state does not allow this decision, or an empty text."""
    try:
        check_move(State(order.state), decision.move, needs_reason=())
        check_company(order.company.name, decision.move, active=order.company.active)
        if decision.move is Move.RELEASE:
            actions.check_release(order)
    except OrderRefused as refusal:
        return _sentences(refusal)
    return ""


@dataclass(frozen=True, slots=True)
class Result:
    order: Order
    done: bool
    text: str


def decide(decision: Decision, order: Order, *, by: User, **said: str) -> Result:
    """Decides one order in its own transaction: a failure stops none of the others.

    A decision that another user made before is theirs: the result says whose, and since when. The
    same user who sends the same once more made it. Raises PermissionDenied, which concerns all.
    """
    try:
        order = decision.verb(order, by=by, **said)
    except PermissionDenied:
        raise
    except OrderRefused as refusal:
        if not _came_too_late(refusal):
            return Result(order, False, _sentences(refusal))
        order.refresh_from_db()
    except Exception:
        logger.exception("%s: %s failed", order.reference, decision.move)
        return Result(order, False, _("Something went wrong. Nothing was changed; try it again."))
    return _result(decision, order, by=by, **said)


def _result(
    decision: Decision, order: Order, *, by: User, reason: str = "", **_said: str
) -> Result:
    """The decision is done by this user with these words, or by another user before."""
    event = order.events.select_related("by").latest("pk")
    if (event.move, event.by, event.reason) == (decision.move, by, reason.strip()):
        return Result(order, True, decision.done % {"order": order})
    first = _first(order, event) if event.move in DECISIONS and event.by != by else ""
    final = sentence(MoveNotPossible(State(order.state), decision.move))
    return Result(order, False, f"{first} {final}".strip())


def _first(order: Order, event: OrderEvent) -> str:
    return _("%(order)s: %(who)s was first. %(move)s, %(when)s.") % {
        "who": event.by,
        "order": order,
        "move": event.get_move_display(),
        "when": date_format(timezone.localtime(event.at), "DATETIME_FORMAT"),
    }


def _came_too_late(refusal: OrderRefused) -> bool:
    return any(isinstance(problem, MoveNotPossible) for problem in refusal.problems)


def _sentences(refusal: OrderRefused) -> str:
    return " ".join(map(sentence, refusal.problems))
