"""A whole business in a few rows, all of them Harbor's; every address and form that is there."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from http.cookies import SimpleCookie
from typing import Any

import time_machine
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from companies import actions as members
from companies.models import Invitation, User
from licensing.models import Installation
from notifications.contacts import add_contact
from notifications.links import Subscriber, wishes_url
from notifications.notices.changeover import entered_url
from notifications.rules.recipients import Topic
from orders import actions
from orders.bulk import actions as bulk
from orders.documents.actions import attach_document
from orders.form import data as form_data
from orders.form.drafts import save_draft
from orders.models import Order
from orders.quoting.answer_link import path_for
from outbox.models import Message
from tests.cast import NOW, PASSWORD, Cast, current
from tests.companies.mail import newest_token
from tests.customers.order_form import values
from tests.dump import Witness
from tests.files import document, pdf, upload

ROLES = [
    "anonymous", "viewer", "buyer", "owner", "outsider", "end_customer", "sales", "superuser",
]  # fmt: skip
AN_HOUR_LATER = NOW + dt.timedelta(hours=1)  # than all that happened in it
BULK = (
    b"po_number,kind,site_name,serial_number,part_number,quantity,action\n"
    b"PO-8001,new,Gate House,,ISS-Expert,2,add\n"
)  # a file with one order


@dataclass(frozen=True)
class Post:
    """A form that can be sent, with what it takes."""

    name: str
    path: str
    who: str  # a role that may
    data: dict[str, Any] = field(default_factory=dict)


class World:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.superuser = User.objects.create_superuser("root@vendor.example", PASSWORD)
        self.replaced: Installation = cast.site(VS_ES1=1)  # has a serial to be entered
        cast.issue(cast.order_existing(current(self.replaced, "VAI"), VS_ES1=1))
        to_enter = self.replaced.serials.current().get()
        self.entered_token = entered_url(to_enter).split("/")[-2]
        self.site: Installation = cast.site(ISS_Expert=1, VS_ES1=1)
        self.site.end_customer = cast.bayview
        self.site.save()
        self.issued = Order.objects.get(installation=self.site)
        self.order: Order = cast.order_new("Pier 9")
        self.document = attach_document(self.order, document=document(), by=cast.buyer)
        serial = current(self.site, "ISS")
        self.held = cast.order_existing(serial)
        actions.hold(self.held, by=cast.sales, reason="Which site is it?")
        self.answer_token = path_for(self.held.events.latest("pk")).split("/")[-2]
        self.bulk = bulk.upload(
            company=cast.harbor, file=io.BytesIO(BULK), name="orders.csv", by=cast.buyer
        )
        bulk.go_on(self.bulk, by=cast.buyer)
        self.invitation: Invitation = members.invite(
            company=cast.harbor, email="new@dealer.example", role="viewer", by=cast.owner
        )
        self.token = newest_token()
        installer = Subscriber(self.site.reference, cast.harbor.pk, "installer@site.example")
        self.wishes_token = wishes_url(installer).split("/")[-2]
        self.contact = add_contact(
            installation=self.site,
            company=cast.harbor,
            email="chief@site.example",
            name="Chief",
            language="en",
            topics=list(Topic),
            by=self.superuser,
        )
        data = form_data.started(po_number="4799")
        self.draft = save_draft(None, data=form_data.to_keep(data, data), by=cast.buyer)
        self.mail = Message.objects.latest("pk")
        with time_machine.travel(AN_HOUR_LATER, tick=False):
            self._cookies = {role: logged_in(self.user(role)) for role in ROLES}
        self.witness = Witness()

    def client(self, role: str) -> Client:
        return with_cookies(self._cookies[role])

    def user(self, role: str) -> User | AnonymousUser:
        if role == "anonymous":
            return AnonymousUser()
        user: User = self.superuser if role == "superuser" else getattr(self.cast, role)
        return user

    @cached_property
    def paths(self) -> dict[str, str]:
        """The pages of the customers, by name; each is about something of Harbor's."""
        member = self.cast.viewer.memberships.get()
        arguments: dict[str, list[Any]] = {
            "installation": [self.site.reference],
            "installation_entered": [self.replaced.reference],
            "installation_notices": [self.site.reference],
            "serial_entered": [self.entered_token],
            "order": [self.order.reference],
            "order_cancel": [self.order.reference],
            "order_answer": [self.answer_token],
            "order_confirmation": [self.issued.reference],
            "order_confirmation_copy": [self.issued.reference, "en", "pdf"],
            "order_documents": [self.order.reference],
            "order_document": [self.order.reference, self.document.reference],
            "order_serial": [self.held.reference],
            "draft": [self.draft.reference],
            "draft_delete": [self.draft.reference],
            **{
                f"order_bulk_{name}": [self.bulk.reference]
                for name in ("upload", "go_on", "place", "discard", "result")
            },
            "company_role": [member.pk],
            "company_remove": [member.pk],
            "company_resend": [self.invitation.pk],
            "company_revoke": [self.invitation.pk],
            "invitation": [self.token],
            "contacts": [self.site.reference],
            "contact": [self.site.reference, self.contact.pk],
            "contact_remove": [self.site.reference, self.contact.pk],
            "mail_wishes": [self.wishes_token],
            "mail_unsubscribe": ["expiry", self.wishes_token],
        }
        return {
            name: reverse(name, args=arguments.get(name, []))
            for route, name in routes()
            if not route.startswith(ONE_RULE) and (name in arguments or "<" not in route)
        }

    @property
    def posts(self) -> dict[str, Post]:
        """The forms of the customers' pages, by the names of their addresses."""
        company = str(self.cast.harbor.pk)
        data: dict[str, tuple[str, dict[str, Any]]] = {
            "installation_entered": ("buyer", {"number": current(self.replaced, "VAI")}),
            "installation_notices": ("buyer", {"steps": ["-30", "0"]}),
            "serial_entered": ("anonymous", {"name": "Ann Installer"}),
            "order_new": ("buyer", values(company=company, site_name="Pier 10")),
            "order_keep": ("buyer", values(company=company, site_name="Pier 10")),
            "draft": ("buyer", values(company=company, site_name="Pier 10")),
            "draft_delete": ("buyer", {}),
            "order_cancel": ("buyer", {"reason": "Ordered twice."}),
            "order_confirmation": ("buyer", {"to": "installer@site.example"}),
            "order_documents": ("buyer", {"document": upload("Page 2.pdf", pdf(b"Page 2"))}),
            "order_serial": ("buyer", {"serial_ISS": current(self.site, "ISS")}),
            "order_answer": (
                "anonymous",
                {
                    "serial_ISS": current(self.site, "ISS"),
                    "name": "Jo Field",
                    "email": "jo@site.example",
                    "go_on": self.site.reference,
                },
            ),
            "order_bulk": (
                "buyer",
                {"company": company, "file": upload("orders.csv", BULK)},
            ),
            **{f"order_bulk_{name}": ("buyer", {}) for name in ("go_on", "place", "discard")},
            "company": ("owner", {"company": company, "email": "x@x.example", "role": "viewer"}),
            "company_switch": ("viewer", {"company": company}),
            "company_second_factor": ("owner", {"company": company, "asked": "yes"}),
            "company_role": ("owner", {"role": "buyer"}),
            "company_remove": ("owner", {}),
            "company_resend": ("owner", {}),
            "company_revoke": ("owner", {}),
            "contacts": ("buyer", {"email": "x@x.example", "name": "", "language": "en"}),
            "contact": ("buyer", {"name": "", "language": "es", "topics": "confirmations"}),
            "contact_remove": ("buyer", {}),
            "mail_wishes": ("anonymous", {"topics": ["expiry"], "language": "es"}),
            "mail_unsubscribe": ("anonymous", {"List-Unsubscribe": "One-Click"}),
            "invitation": (
                "anonymous",
                {"full_name": "Noa Nash", "password1": PASSWORD, "password2": PASSWORD},
            ),
        }
        return {name: Post(name, self.paths[name], *row) for name, row in data.items()}

    @property
    def more_posts(self) -> dict[str, Post]:
        """Forms about accounts, and of the desk."""
        order = "/admin/orders/order/"
        site = f"/admin/licensing/installation/{self.site.pk}/change/"
        company = str(self.cast.harbor.pk)
        members = {
            "name": self.cast.harbor.name,
            "time_zone": "America/Chicago",
            "active": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": str(self.cast.viewer.memberships.get().pk),
            "memberships-0-company": company,
            "memberships-0-role": "buyer",
            "invitations-TOTAL_FORMS": "1",
            "invitations-INITIAL_FORMS": "0",
            "invitations-0-email": "another@dealer.example",
            "invitations-0-role": "viewer",
        }
        correction = {"company": company, "end_customer": "", "site_name": "Pier", "reason": "-"}
        rows: list[tuple[str, str, str, dict[str, Any]]] = [
            ("account/login", "/account/login/", "anonymous", {"login": "", "password": ""}),
            ("account/reset", "/account/password/reset/", "anonymous", {"email": ""}),
            (
                "account/password",
                "/account/password/change/",
                "buyer",
                {"oldpassword": PASSWORD, "password1": "", "password2": ""},
            ),
            ("desk/hold", f"{order}{self.order.pk}/hold/", "superuser", {"reason": "Why?"}),
            (
                "desk/issue",
                f"{order}{self.order.pk}/issue/",
                "superuser",
                {"reason": "Why?", "overrule": "Why not?"},
            ),
            (
                "desk/several",
                f"{order}several/cancel/",
                "superuser",
                {"reason": "Why?", "orders": self.order.reference},
            ),
            (
                "desk/serial",
                f"{order}{self.held.pk}/serial/",
                "superuser",
                {"serial_ISS": current(self.site, "ISS"), "serial_VAI": ""},
            ),
            (
                "desk/enter",
                f"{order}enter/{company}/",
                "superuser",
                values(company=company, site_name="Pier 10", ordered_for=str(self.cast.buyer.pk)),
            ),
            (
                "desk/bulk",
                f"{order}enter/{company}/bulk/",
                "superuser",
                {
                    "company": company,
                    "ordered_for": str(self.cast.buyer.pk),
                    "file": upload("orders.csv", BULK),
                },
            ),
            ("desk/correct", site, "superuser", correction),
            ("desk/notices", site.replace("change", "notices"), "superuser", {"steps": ["0"]}),
            (
                "desk/entered",
                f"/admin/licensing/installation/{self.replaced.pk}/entered/",
                "superuser",
                {"number": current(self.replaced, "VAI")},
            ),
            ("desk/company", f"/admin/companies/company/{company}/change/", "superuser", members),
            ("desk/retry", f"/admin/outbox/message/{self.mail.pk}/retry/", "superuser", {}),
            (
                "desk/deal-with",
                f"/admin/outbox/message/{self.mail.pk}/deal-with/",
                "superuser",
                {"note": "Called."},
            ),
        ]
        return {name: Post(name, path, who, data) for name, path, who, data in rows}


def logged_in(user: User | AnonymousUser) -> SimpleCookie:
    """The cookies of a browser with a log-in, or without one."""
    client = Client()
    if isinstance(user, User):
        client.force_login(user)
    return client.cookies


def with_cookies(cookies: SimpleCookie) -> Client:
    """A browser of its own, which has these."""
    client = Client()
    client.cookies.update(cookies)
    return client


# Addresses ------------------------------------------------------------------------------

ONE_RULE = ("admin/", "account/")  # what begins so isn't listed one by one


@cache
def routes() -> list[tuple[str, str]]:
    """Every address of the site as it is written in the code, with its name or nothing."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern.name or ""


def path_of(route: str) -> str:
    """An address of that kind, about rows that exist where it is about a model."""
    named = re.match(r"admin/(\w+)/(\w+)/.*<", route)
    row = apps.get_model(named[1], named[2])._base_manager.first() if named else None
    known = {"app_label": "orders", "uidb36": "1", "key": "nonsense", "url": "nowhere"}
    known["pk"] = known["object_id"] = str(row.pk if row else 1)
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", r"<\1\2>", route)
    return "/" + re.sub(r"<(\w+)>", lambda m: known.get(m[1], "1"), plain).translate(
        {ord(character): None for character in "^$"}
    )


@contextmanager
def undone() -> Iterator[None]:
    """Changes inside are taken back: the next try finds the world as it was."""
    block = transaction.atomic()
    # As Django's TestCase does: inside, a verb may be the outermost.
    vars(block)["_from_testcase"] = True
    with block:
        yield
        transaction.set_rollback(True)
