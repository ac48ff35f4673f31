"""Every limit of the site: the counted tries, their subject, and how many in which window.

A window begins with the first try and ends after its length. At the change of two windows twice the
tries may follow each other, but never in the long run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MINUTE, HOUR = 60, 60 * 60  # seconds
DAY = 24 * HOUR


class Per(Enum):
    """The subject whose tries are counted together."""

    CLIENT = "an address that requests come from"
    USER = "somebody who is logged in"
    ACCOUNT = "an account, or an address that has none: they are counted alike"
    ACCOUNT_AND_CLIENT = "an account as one client, or one browser that it knows, tries it"
    KEY = "one thing: a company, an order, a challenge"


@dataclass(frozen=True, slots=True)
class Window:
    tries: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    per: Per
    windows: tuple[Window, ...]

    def of(self, *subject: object, once: str = "") -> Try:
        """A try of that client, user, account or thing; the same text `once` counts once.

        Typed text comes last in `subject`, since it may hold anything; the earlier parts hold no
        blanks.
        """
        return Try(self, " ".join(map(str, subject)), once)


@dataclass(frozen=True, slots=True)
class Try:
    limit: Limit
    subject: str
    once: str = ""


# The doors ------------------------------------------------------------------------------

# Wrong passwords. The first limit stops a machine; the second locks out only this client.
LOG_IN_CLIENT = Limit("log_in_client", Per.CLIENT, (Window(10, MINUTE), Window(100, HOUR)))
LOG_IN = Limit("log_in", Per.ACCOUNT_AND_CLIENT, (Window(5, 5 * MINUTE),))
# Tries from any number of clients; a new password ends it. The number is that of NIST 800-63B.
LOG_IN_ACCOUNT = Limit("log_in_account", Per.ACCOUNT, (Window(100, 30 * DAY),))
# Wrong codes of a second factor, likewise.
CODE = Limit("code", Per.ACCOUNT_AND_CLIENT, (Window(5, 5 * MINUTE),))
CODE_ACCOUNT = Limit("code_account", Per.ACCOUNT, (Window(100, 30 * DAY),))
# Log-ins by passkey, begun or done: there is nothing to guess. A challenge is answered once.
PASSKEY = Limit("passkey", Per.CLIENT, (Window(20, MINUTE),))
CHALLENGE = Limit("challenge", Per.KEY, (Window(1, 10 * MINUTE),))
# Requests for a new password, and the mails that they cause.
RESET_CLIENT = Limit("reset_client", Per.CLIENT, (Window(20, MINUTE),))
RESET = Limit("reset", Per.ACCOUNT_AND_CLIENT, (Window(5, 10 * MINUTE),))
RESET_MAIL = Limit("reset_mail", Per.ACCOUNT, (Window(10, DAY),))
STRANGER_MAIL = Limit("stranger_mail", Per.ACCOUNT, (Window(1, DAY),))
STRANGER_CLIENT = Limit("stranger_client", Per.CLIENT, (Window(3, DAY),))
RESET_LINK = Limit("reset_link", Per.CLIENT, (Window(20, MINUTE),))

# Serial numbers -------------------------------------------------------------------------

GUESSES = Limit("guesses", Per.USER, (Window(30, HOUR),))  # different wrong ones
GUESSES_BY_LINK = Limit("guesses_by_link", Per.KEY, (Window(10, HOUR),))  # for each order's link

# Work -----------------------------------------------------------------------------------

SEARCH = Limit("search", Per.USER, (Window(240, MINUTE),))  # of the user's own data
ORDER_FORM = Limit("order_form", Per.USER, (Window(240, MINUTE),))  # its forecast at each change
BULK = Limit("bulk", Per.USER, (Window(30, MINUTE), Window(120, HOUR)))  # files
BULK_STEP = Limit("bulk_step", Per.USER, (Window(120, MINUTE),))  # each is 1.5 seconds of work
LINK = Limit("link", Per.CLIENT, (Window(30, MINUTE),))  # pages behind the links in mails
INVITE = Limit("invite", Per.USER, (Window(20, HOUR),))
INVITE_COMPANY = Limit("invite_company", Per.KEY, (Window(20, HOUR),))
RESEND = Limit("resend", Per.USER, (Window(30, HOUR),))
RESEND_ORDER = Limit("resend_order", Per.KEY, (Window(10, HOUR),))
PASSWORD_CHANGE = Limit("password_change", Per.USER, (Window(5, MINUTE),))
ADDRESS_CHANGE = Limit("address_change", Per.USER, (Window(10, MINUTE),))
# All other requests that send something.
CHANGE = Limit("change", Per.USER, (Window(240, MINUTE),))
ANONYMOUS = Limit("anonymous", Per.CLIENT, (Window(60, MINUTE),))

ALL: tuple[Limit, ...] = tuple(each for each in list(globals().values()) if isinstance(each, Limit))
