"""Orders that sales enters on behalf of a company."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.test import Client

from companies.models import Company, User
from orders import actions
from orders.models import Order
from outbox.models import Message
from tests.cast import Cast, clerk, current
from tests.customers.order_form import values
from tests.desk.order_entry import ENTER, enter
from tests.desk.staffed import At
from tests.licensing.invariants import violations
from tests.pages import has, values_of


@pytest.fixture
def desk(at_desk: At) -> Client:
    return at_desk("orders.view_order", "orders.enter_order")


def test_the_company_is_found_by_a_part_of_its_name(desk: Client, cast: Cast) -> None:
    cast.summit.active = False
    cast.summit.save()
    shown = desk.get(f"{ENTER}?q=s").content.decode()
    assert f"{ENTER}{cast.harbor.pk}/" in shown
    assert f"{ENTER}{cast.summit.pk}/" not in shown
    assert "No active company" in desk.get(f"{ENTER}?q=nowhere").content.decode()


def test_both_who_entered_it_and_for_whom_are_kept(desk: Client, cast: Cast) -> None:
    response = enter(desk, cast.harbor, cast.buyer)
    order = Order.objects.get()
    assert response.headers["Location"] == f"/admin/orders/order/{order.pk}/change/"
    assert (order.company, order.placed_by, order.ordered_for) == (
        cast.harbor,
        cast.sales,
        cast.buyer,
    )
    shown = desk.get(response.headers["Location"]).content.decode()
    assert cast.sales.email in shown
    assert cast.buyer.email in shown


def test_the_confirmation_goes_to_the_member_and_not_to_sales(desk: Client, cast: Cast) -> None:
    enter(desk, cast.harbor, cast.viewer)
    cast.issue(Order.objects.get())
    assert [mail.recipients for mail in Message.objects.all()] == [[cast.viewer.email]]
    assert violations() == []


def test_a_company_without_review_gets_its_serials_at_once(desk: Client, cast: Cast) -> None:
    Company.objects.filter(pk=cast.harbor.pk).update(auto_issue=True)
    enter(desk, cast.harbor, cast.buyer)
    assert Order.objects.get().state == "issued"
    assert [mail.recipients for mail in Message.objects.all()] == [[cast.buyer.email]]


def test_an_existing_installation_is_ordered_for_by_its_serial(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    fields = {"kind": "existing", "site_name": "", "serial_ISS": current(site, "ISS")}
    enter(desk, cast.harbor, cast.buyer, **fields)
    assert Order.objects.latest("pk").installation == site


def test_another_companys_serial_is_no_serial_of_this_one(desk: Client, cast: Cast) -> None:
    site = cast.site(ISS_Expert=1)
    fields = {"kind": "existing", "site_name": "", "serial_ISS": current(site, "ISS")}
    response = enter(desk, cast.summit, cast.outsider, **fields)
    assert "No installation of yours has this serial number" in response.content.decode()


def test_the_customer_is_told_that_sales_entered_it_for_whom(desk: Client, cast: Cast) -> None:
    enter(desk, cast.harbor, cast.buyer)
    client = Client()
    client.force_login(cast.viewer)
    shown = client.get(Order.objects.get().get_absolute_url()).content.decode()
    assert f"sales, for {cast.buyer.email}" in shown
    assert cast.sales.email not in shown


def test_lines_come_and_go_without_losing_the_member(desk: Client, cast: Cast) -> None:
    response = enter(desk, cast.harbor, cast.buyer, add_line="1")
    assert has(response, '[name="lines-1-product"]')
    assert values_of(response, "ordered_for") == [str(cast.buyer.pk)]
    assert not Order.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "outsider", "sales", "gone"])
def test_it_must_be_for_a_member(desk: Client, cast: Cast, who: str) -> None:
    """For another user the serial would reach no member, or a person who must not know it."""
    if who == "gone":
        cast.viewer.is_active = False
        cast.viewer.save()
    members = {"outsider": cast.outsider, "sales": cast.sales, "gone": cast.viewer}
    response = enter(desk, cast.harbor, members.get(who))
    assert response.status_code == 200
    assert "Choose " in str(response.context["form"].errors["ordered_for"])
    assert not Order.objects.exists()


def test_the_company_is_the_one_of_the_address(desk: Client, cast: Cast) -> None:
    data = values(company=str(cast.summit.pk), ordered_for=str(cast.buyer.pk))
    response = desk.post(f"{ENTER}{cast.harbor.pk}/", data)
    assert "company" in response.context["form"].errors
    assert not Order.objects.exists()


def test_an_inactive_company_orders_nothing(desk: Client, cast: Cast) -> None:
    cast.harbor.active = False
    cast.harbor.save()
    assert desk.get(f"{ENTER}{cast.harbor.pk}/").status_code == 404
    assert enter(desk, cast.harbor, cast.buyer).status_code == 404


def test_a_member_named_in_the_customers_form_changes_nothing(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.buyer)
    data = values(company=str(cast.harbor.pk), ordered_for=str(cast.outsider.pk))
    client.post("/orders/new/", data)
    order = Order.objects.get()
    assert (order.placed_by, order.ordered_for) == (cast.buyer, None)


def test_the_verb_itself_lets_nobody_else(cast: Cast) -> None:
    """Staff without the permission, a buyer for a colleague, a permission without staff."""
    permission = Permission.objects.get(codename="enter_order")
    cast.owner.user_permissions.add(permission)
    for by in (staff := clerk(), cast.buyer, cast.owner):
        with pytest.raises(PermissionDenied):
            place(cast, by=by, ordered_for=cast.buyer)
    staff.user_permissions.add(permission)
    sales = User.objects.get(pk=staff.pk)  # permissions are remembered by the object
    for stranger in (cast.outsider, cast.sales):
        with pytest.raises(PermissionDenied):
            place(cast, by=sales, ordered_for=stranger)
    with pytest.raises(PermissionDenied):
        place(cast, by=sales, ordered_for=None)  # as if sales were a buyer
    assert place(cast, by=sales, ordered_for=cast.viewer).orderer == cast.viewer


def place(cast: Cast, *, by: User, ordered_for: User | None) -> Order:
    return actions.place_new(
        company=cast.harbor,
        site_name="Pier 9",
        po_number="4711",
        lines=cast.lines(ISS_Expert=1),
        by=by,
        ordered_for=ordered_for,
    )


def test_sales_goes_on_without_a_prerequisite_and_says_why(at_desk: At, cast: Cast) -> None:
    desk = at_desk("orders.view_order", "orders.enter_order", "orders.overrule_requirements")
    refused = enter(desk, cast.harbor, cast.buyer, "ISS-Backup")
    assert "Reason to order without the prerequisites" in refused.content.decode()
    assert not Order.objects.exists()
    reason = "They bought it elsewhere."
    enter(desk, cast.harbor, cast.buyer, "ISS-Backup", overrule=reason)
    order = Order.objects.get()
    assert order.overruled == reason
    assert order.state == "in_review"


def test_who_may_not_go_on_without_one_is_told_whom_to_ask(desk: Client, cast: Cast) -> None:
    reason = {"overrule": "They bought it elsewhere."}
    refused = enter(desk, cast.harbor, cast.buyer, "ISS-Backup", **reason).content.decode()
    assert "Reason to order without the prerequisites" not in refused
    assert "Only sales managers and administrators enter it without them." in refused
    assert not Order.objects.exists()


def test_a_customer_has_no_such_field(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.buyer)
    data = values(("ISS-Backup", "1"), company=str(cast.harbor.pk), overrule="Because.")
    assert client.post("/orders/new/", data).status_code == 200
    assert not Order.objects.exists()
