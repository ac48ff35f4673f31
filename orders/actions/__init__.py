"""Everything that happens to an order, as atomic verbs: `from orders import actions`.

Each verb opens the one transaction, locks, checks, writes, and records its event there.
"""

from orders.actions.place import place_existing, place_new, place_order
from orders.actions.review import cancel, check_release, hold, issue, reject, release
from orders.actions.supplying import Answerer, find_site, supply_serial

__all__ = [
    "Answerer",
    "cancel",
    "check_release",
    "find_site",
    "hold",
    "issue",
    "place_existing",
    "place_new",
    "place_order",
    "reject",
    "release",
    "supply_serial",
]
