"""The visitors of the pages, logged in, and the addresses that they open in each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from bench import databases, seeding
from companies.models import Company, Membership, Role, User
from licensing.models import Installation, Serial
from limits.models import Counter
from orders.models import Order

NEW = "newcomer@bench.example"  # of a company without orders
SALES = "sales@vendor.example"
FIELDS = {
    "kind": "existing",
    "site_name": "",
    "po_number": "4711",
    "submission": "5f2b1c1e-6b0f-4f7e-9d53-0d8f7a1a2b3c",
    "serial_VAI": "",
    "serial_ISS": "",
    "notify": "",
    "find": "",
    "seen": "",
    "preview": "1",
    "lines-INITIAL_FORMS": "0",
}
LINE = {"action": "add", "source": "", "starts_on": "", "product": "VS-ES1", "quantity": "1"}
ADDS = {"product": "VS-ES1", "quantity": "4"}
RENEWS = {"action": "renew", "source": "VS-ES1"}
UPGRADES = {"action": "upgrade", "source": "VS-ES1", "product": "VS-ADV1"}
NEW_SITE = {"kind": "new", "site_name": "Unheard-of Works"}
UNKNOWN = {"serial_ISS": "ISS-0000-0000-0000-0000", "serial_VAI": "VAI-1111-1111-1111-1111"}
FINDS = {"find_site": "1"}  # the button


@dataclass(frozen=True, slots=True)
class Page:
    """A page as somebody opens it; `data` is sent by a form."""

    name: str
    who: str  # an email address
    path: str
    data: Mapping[str, str] | None = None
    may_lead_on: bool = False  # to the one site that was found, or to another page

    def opened_by(self, clients: Mapping[str, Client]) -> Any:
        client = clients[self.who]
        answer = (
            client.get(self.path)
            if self.data is None
            else client.post(self.path, self.data, headers={"HX-Request": "true"})
        )
        if answer.status_code != 200 and not self.may_lead_on:
            raise RuntimeError(f"{self.name}: {self.path} answers {answer.status_code}.")
        return answer


@dataclass(frozen=True, slots=True)
class Town:
    """A database with its visitors and what they open."""

    name: str
    clients: Mapping[str, Client]
    pages: Mapping[str, Page]

    def open(self, page: str) -> Any:
        databases.use(self.name)
        Counter.objects.all().delete()  # or many openings would be told to wait
        return self.pages[page].opened_by(self.clients)


def town(size: int) -> Town:
    name = seeding.name_of(size)
    databases.use(name)
    _newcomer()
    clients = {who: logged_in(who) for who in (seeding.BUYER, NEW, SALES)}
    pages = {page.name: page for page in [*_of_customers(), *_of_the_desk()]}
    return Town(name, clients, pages)


def logged_in(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def _newcomer() -> None:
    if User.objects.filter(email=NEW).exists():
        return
    user = User.objects.create(email=NEW)
    company = Company.objects.create(name="Newcomers")
    Membership.objects.create(user=user, company=company, role=Role.BUYER)


def _of_customers() -> Iterator[Page]:
    buyer = seeding.BUYER
    company = Membership.objects.get(user__email=buyer).company
    orders = Order.objects.filter(company=company)
    sites = Installation.objects.filter(company=company)
    site = sites.get(site_name="Pier 1")
    current = Serial.objects.filter(installation=site, is_current=True)
    serials = {f"serial_{serial.family_id}": serial.number for serial in current}
    lists = {"sites": reverse("installations"), "orders": reverse("orders")}
    deep = {
        "sites": _middle(sites.order_by("site_name_sort", "pk")),
        "orders": _middle(orders.order_by("placed_at", "pk")),
    }
    yield Page("home, first", buyer, reverse("home"))
    yield Page("home, empty", NEW, reverse("home"))
    for name, path in lists.items():
        yield Page(f"{name}, first", buyer, path)
        yield Page(f"{name}, deep", buyer, f"{path}?after={deep[name]}")
        yield Page(f"{name}, empty", NEW, path)
    search = lists["sites"] + "?q="
    yield Page("search, first", buyer, f"{search}pier")
    yield Page("search, deep", buyer, f"{search}pier&after={site.reference}")
    yield Page("search, empty", buyer, f"{search}nowhere+at+all")
    yield Page("search, serial", buyer, f"{search}{serials['serial_VAI']}", may_lead_on=True)
    form = reverse("order_new")
    yield Page("form, first", buyer, form)
    yield Page("form, deep", buyer, f"{form}?renew={site.reference}")
    yield Page("form, empty", NEW, form)
    yield Page("search, in the form", buyer, form, _form(company) | {"find": "pier", **FINDS})
    yield Page("forecast, first", buyer, form, _form(company) | serials)
    yield Page("forecast, deep", buyer, form, _form(company, RENEWS, UPGRADES, ADDS) | serials)
    yield Page("forecast, empty", buyer, form, _form(company) | NEW_SITE)
    yield Page("forecast, not found", buyer, form, _form(company) | UNKNOWN)
    yield Page("site", buyer, site.get_absolute_url())
    order = orders.filter(installation=site).latest("placed_at")
    yield Page("order", buyer, order.get_absolute_url())


def _form(company: Company, *lines: Mapping[str, str]) -> dict[str, str]:
    """The form while it is filled in, as the browser sends it for the forecast."""
    sent = dict(FIELDS, company=str(company.pk))
    sent["lines-TOTAL_FORMS"] = str(len(lines or [ADDS]))
    for number, line in enumerate(lines or [ADDS]):
        for name, value in {**LINE, **line}.items():
            sent[f"lines-{number}-{name}"] = value
    return sent


def _of_the_desk() -> Iterator[Page]:
    orders, sites = "/admin/orders/order/", "/admin/licensing/installation/"
    mail = "/admin/outbox/message/"
    pages = Order.objects.count() // 200
    yield Page("desk, today", SALES, "/admin/")
    yield Page("desk orders, first", SALES, orders)
    yield Page("desk orders, all", SALES, f"{orders}?status=all")
    yield Page("desk orders, deep", SALES, f"{orders}?status=all&p={pages}", may_lead_on=True)
    yield Page("desk orders, search", SALES, f"{orders}?status=all&q=pier")
    yield Page("desk orders, empty", SALES, f"{orders}?status=all&q=nowhere")
    yield Page("desk sites, first", SALES, sites)
    yield Page("desk sites, empty", SALES, f"{sites}?q=nowhere")
    yield Page("desk mail, first", SALES, mail)


def _middle(rows: QuerySet[Any]) -> str:
    return str(rows.values_list("reference", flat=True)[rows.count() // 2])
