"""The rights to orders. No other module decides them.

Pages ask `can_…`, which uses data read with the user. Verbs ask `check_…`, which reads a member's
role anew, since it may have been lost a moment ago, and raises PermissionDenied. The moves that the
state of an order allows are in `orders.rules.moves`.

Members act for their own company, while it is active. Sales acts for any company, with a permission
for each verb; the orders of a deactivated company can only end
(`orders.rules.problems.check_company`).
"""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from companies.former_addresses import still_addressed
from companies.models import Company, User
from companies.ordering import orders_for, orders_for_now
from orders.models import Order
from orders.rules.moves import Move

ENTER = "orders.enter_order"
OVERRULE = "orders.overrule_requirements"
ATTACH = "orders.add_purchaseorderdocument"
RESEND = "notifications.resend_confirmation"
SEE = "orders.view_order"
OF_MOVES: Mapping[Move, str] = {
    Move.SUPPLY_SERIAL: "orders.hold_order",  # it ends a hold, as a release does
    Move.ISSUE: "orders.issue_order",
    Move.HOLD: "orders.hold_order",
    Move.RELEASE: "orders.hold_order",
    Move.REJECT: "orders.reject_order",
    Move.CANCEL: "orders.cancel_order",
}


# Placing -------------------------------------------------------------------------------


def can_place(user: User, company: Company, ordered_for: User | None = None) -> bool:
    """Whether buyers and owners may order for their company, or sales for one of its members."""
    if ordered_for is None:
        return _orders_for(user, company)
    return can_enter(user) and company.active and _is_member(ordered_for, company)


def can_begin(user: User) -> bool:
    """Whether the user has a company to order for, and so gets form, drafts and bulk files."""
    return bool(orders_for(user))


def check_begin(user: User) -> None:
    if not orders_for_now(user).exists():
        raise PermissionDenied("Only buyers and owners begin orders.")


def companies_of(user: User) -> QuerySet[Company]:
    """The companies that the user orders for now, which a form offers and accepts."""
    return orders_for_now(user)


def companies_to_enter_for() -> QuerySet[Company]:
    """The companies that sales enters orders for."""
    return Company.objects.filter(active=True)


def can_enter(user: User) -> bool:
    """Whether the user may enter orders on behalf of companies."""
    return user.may_as_staff(ENTER)


def check_place(user: User, company: Company, ordered_for: User | None) -> None:
    """Members order for themselves; sales orders for a member, who gets the mail about it."""
    if ordered_for is None:
        if not _orders_for_now(user, company):
            raise PermissionDenied("Only buyers and owners order, for their own company.")
        return
    if not can_place(user, company, ordered_for):
        raise PermissionDenied("Only sales enters orders, for a member of an active company.")


# What becomes of an order --------------------------------------------------------------


def can_decide(user: User, move: Move) -> bool:
    """Whether the user decides as sales, about the orders of all companies."""
    return user.may_as_staff(OF_MOVES[move])


def check_decide(user: User, move: Move) -> None:
    if not can_decide(user, move):
        raise PermissionDenied(f"Only sales with {OF_MOVES[move]} may do this with an order.")


def can_overrule(user: User) -> bool:
    """Whether the user may issue orders that lack required licenses."""
    return user.may_as_staff(OVERRULE)


def check_overrule(user: User) -> None:
    if not can_overrule(user):
        raise PermissionDenied("Only sales managers overrule what products require.")


def can_cancel(user: User, order: Order) -> bool:
    return _orders_for(user, order.company) or can_decide(user, Move.CANCEL)


def check_cancel(user: User, order: Order) -> bool:
    """Whether it is the company's own cancellation; sales must give a reason."""
    if _orders_for_now(user, order.company):
        return True
    check_decide(user, Move.CANCEL)
    return False


def can_supply_serial(user: User, order: Order) -> bool:
    return _orders_for(user, order.company) or can_decide(user, Move.SUPPLY_SERIAL)


def check_supply_serial(user: User, order: Order) -> None:
    if not _orders_for_now(user, order.company):
        check_decide(user, Move.SUPPLY_SERIAL)


def can_answer_by_link(order: Order) -> bool:
    """Whether the mail's recipient may answer: they, in any role, and their company are active.

    A link that was mailed to an address that they have no more answers nothing.
    """
    members = User.objects.members_of(order.company).filter(pk=order.orderer.pk)
    return order.company.active and still_addressed(members, since=order.changed_at).exists()


def check_answer_by_link(user: User, order: Order) -> None:
    if user != order.orderer or not can_answer_by_link(order):
        raise PermissionDenied("The link is for whoever it was mailed to, a member still.")


# What belongs to an order --------------------------------------------------------------


def can_see_all(user: User) -> bool:
    """Whether the user may see the orders of all companies. Members use `visible_to`."""
    return user.may_as_staff(SEE)


def can_attach(user: User, order: Order) -> bool:
    return _orders_for(user, order.company) or user.may_as_staff(ATTACH)


def check_attach(user: User, order: Order) -> None:
    if not (_orders_for_now(user, order.company) or user.may_as_staff(ATTACH)):
        raise PermissionDenied("Only buyers, owners and sales attach documents.")


def can_resend(user: User, order: Order) -> bool:
    return _orders_for(user, order.company) or user.may_as_staff(RESEND)


def check_resend(user: User, order: Order) -> None:
    if not (_orders_for_now(user, order.company) or user.may_as_staff(RESEND)):
        raise PermissionDenied("Only buyers, owners and sales send confirmations again.")


# Members -------------------------------------------------------------------------------


def _orders_for(user: User, company: Company) -> bool:
    return company in orders_for(user)


def _orders_for_now(user: User, company: Company) -> bool:
    return orders_for_now(user).filter(pk=company.pk).exists()


def _is_member(user: User, company: Company) -> bool:
    return User.objects.members_of(company).filter(pk=user.pk).exists()
