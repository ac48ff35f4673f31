"""A few dozen orders by the real actions: what the clones are made of.

They are spread over three years, and most of what may happen to an order happens to one of them.
"""

from __future__ import annotations

import datetime as dt
import io

from django.core.management import call_command
from django.utils import timezone

from bench import letters
from licensing.actions import correct_installation
from licensing.changeover import confirm_entered
from licensing.models import Installation
from notifications.contacts import add_contact
from notifications.rules.recipients import Topic
from orders import actions
from orders.actions.resending import resend_confirmation
from orders.bulk import actions as bulk
from orders.documents.actions import attach_document
from orders.models import Order
from orders.models.bulk import BulkUpload
from orders.placement import Consent
from tests.cast import Cast, assemble, current
from tests.files import document

SITES = 20
NAMES = ("Harbor Point", "Pier", "Lighthouse", "Old Mill", "Station")
FILE = b"""po_number,kind,site_name,serial_number,part_number,quantity,action
F-7001,new,Depot North,,ISS-Expert,2,add
F-7002,new,Depot South,,VS-ADV1,4,add
F-7003,new,Depot East,,ISS-Expert,3,add
"""


def tell() -> Cast:
    """The story, in an empty database that is migrated."""
    cast, now = assemble(), timezone.now()
    cast.sales.user_permissions.clear()
    for number in range(SITES):
        _site(cast, number, now - dt.timedelta(days=20 + 52 * number))
    _waiting(cast, now - dt.timedelta(days=2))
    _file(cast)
    letters.write()
    call_command("send_notices", verbosity=0)
    letters.send()
    return cast


def _site(cast: Cast, number: int, at: dt.datetime) -> None:
    """An installation with both families; every second one is ordered for again."""
    name = f"{NAMES[number % len(NAMES)]} {number}"
    order = cast.issue(cast.order_new(name, at=at, ISS_Expert=4, VS_ES1=2), at=at)
    site = order.installation
    assert site is not None
    if number % 5 == 0:
        _end_customer(cast, site, at)
    if number % 2 == 0:
        later = at + dt.timedelta(days=9)
        serials = (current(site, "ISS"), current(site, "VAI"))
        cast.issue(cast.order_existing(*serials, at=later, ISS_Expert=1, VS_ES1=1), at=later)
    if number % 4 == 0:
        serial = site.serials.current().get(family="VAI")
        confirm_entered(serial, at=at + dt.timedelta(days=10), by=cast.buyer)
    if number == 1:
        attach_document(order, document=document(), by=cast.buyer, at=at)
        resend_confirmation(order, to=["chief@site.example"], language="en", by=cast.buyer, at=at)
    if number == 3:
        _contact(cast, site, at)


def _end_customer(cast: Cast, site: Installation, at: dt.datetime) -> None:
    correct_installation(
        site, company=cast.harbor, end_customer=cast.bayview, site_name=site.site_name,
        reason="The system is theirs", by=cast.sales, at=at,
    )  # fmt: skip


def _contact(cast: Cast, site: Installation, at: dt.datetime) -> None:
    add_contact(
        installation=site, company=cast.harbor, email="chief@site.example", name="Chief",
        language="en", topics=list(Topic), by=cast.owner, at=at,
    )  # fmt: skip


def _waiting(cast: Cast, at: dt.datetime) -> None:
    """Orders in review, held, rejected and canceled."""
    cast.order_new("Quay 1", at=at)
    cast.order_new("Quay 2", at=at, ISS_Expert=2, VS_ADV1=1)
    held = cast.order_new("Quay 3", at=at)
    actions.hold(held, by=cast.sales, reason="Which building is it?", at=at)
    actions.reject(cast.order_new("Quay 4", at=at), by=cast.sales, reason="Not ours", at=at)
    actions.cancel(cast.order_new("Quay 5", at=at), by=cast.buyer, reason="Too soon", at=at)
    actions.place_existing(
        company=cast.harbor, quotes=[], po_number="4699", lines=cast.lines(ISS_Expert=1),
        consent=Consent(without_serial=True), by=cast.buyer, at=at,
    )  # fmt: skip


def _file(cast: Cast) -> None:
    upload = bulk.upload(company=cast.harbor, file=io.BytesIO(FILE), name="a.csv", by=cast.buyer)
    run(upload)
    bulk.place(upload, by=cast.buyer)
    run(upload)
    for order in Order.objects.filter(po_number__startswith="F-"):
        cast.issue(order, at=order.placed_at)


def run(upload: BulkUpload) -> None:
    while upload.is_running:
        bulk.go_on(upload, by=upload.by)
