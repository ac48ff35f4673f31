"""What must hold in the ledger at any time; used by races, faults and the state machine."""

from collections import Counter, defaultdict

from django.db.models import Sum

from licensing.models import Installation, Lot, Movement, Revision, Serial
from notifications.models import Confirmation
from orders.models import Order, OrderSerial
from outbox.models import Message


def violations() -> list[str]:
    """Empty when the ledger is whole. Reads everything; for test databases."""
    return [*_chains(), *_revisions(), *_holdings(), *_outcomes(), *_mails()]


def _chains() -> list[str]:
    found = []
    chains: dict[tuple[int, str], list[Serial]] = defaultdict(list)
    for serial in Serial.objects.select_related("family").order_by("generation", "pk"):
        chains[serial.installation_id, serial.family_id].append(serial)
    for key, chain in chains.items():
        if [serial.generation for serial in chain] != list(range(1, len(chain) + 1)):
            found.append(f"{key}: generations {[serial.generation for serial in chain]}")
        if [serial.supersedes_id for serial in chain] != [None, *(s.pk for s in chain[:-1])]:
            found.append(f"{key}: the chain forks or is cut")
        if [serial.is_current for serial in chain] != [False] * (len(chain) - 1) + [True]:
            found.append(f"{key}: not exactly the last one is current")
        if not chain[0].family.reissue_on and len(chain) > 1:
            found.append(f"{key}: a serial that stays was replaced")
    numbers = Counter(Serial.objects.values_list("lookup_key", flat=True))
    found += [f"{number} issued twice" for number, count in numbers.items() if count > 1]
    return found


def _revisions() -> list[str]:
    found = []
    numbers: dict[int, list[int]] = defaultdict(list)
    for installation, number in Revision.objects.order_by("number").values_list(
        "installation", "number"
    ):
        numbers[installation].append(number)
    for installation in Installation.objects.all():
        if numbers[installation.pk] != list(range(1, installation.revision_count + 1)):
            found.append(f"{installation}: revisions {numbers[installation.pk]}")
    return found


def _holdings() -> list[str]:
    """Holdings are the sum of what issued orders put in, and nothing else ever went in."""
    ordered: Counter[tuple[int, str]] = Counter()
    for order in Order.objects.filter(state="issued").prefetch_related("lines__product__kit_of"):
        for line in order.lines.all():
            part, quantity = line.product.as_part().unpacked(line.quantity)
            assert order.installation_id is not None
            ordered[order.installation_id, part.part_number] += quantity
    sums = Movement.objects.values_list("lot__installation", "lot__product").annotate(
        Sum("quantity")
    )
    held = {(installation, product): total for installation, product, total in sums}
    found = [] if held == dict(ordered) else [f"held {held}, ordered {dict(ordered)}"]
    if Lot.objects.exclude(revision__order__state="issued").exists():
        found.append("a lot from an order that was not issued")
    return found


def _outcomes() -> list[str]:
    found = []
    for row in OrderSerial.objects.filter(order__state="issued").select_related(
        "order", "before", "after"
    ):
        assert row.after
        minted = row.after.revision_id == row.order.revision_id
        if minted != (row.outcome in ("new", "replaces")):
            found.append(f"{row.order}: {row} but minted={minted}")
        if row.outcome == "replaces" and row.after.supersedes_id != row.before_id:
            found.append(f"{row.order}: {row} replaces another serial than recorded")
    return found


def _mails() -> list[str]:
    """No issue without its mail, no mail without its issue."""
    issued = set(Revision.objects.filter(cause="order").values_list("pk", flat=True))
    confirmed = set(Confirmation.objects.values_list("revision", flat=True))
    records = set(Confirmation.objects.values_list("record", flat=True))
    queued = set(Message.objects.exclude(record="").values_list("record", flat=True))
    found = []
    if issued != confirmed:
        found.append(f"revisions {issued}, confirmations {confirmed}")
    if records != queued:
        found.append(f"confirmations {records}, mails {queued}")
    return found
