"""Somebody who owns an address that looks like another's tries all doors with it.

PostgreSQL compares without regard to case by the rules of its locale, where upper("ı") is "I" and
upper("ſ") is "S": there such an address finds the victim as soon as anybody asks so. The attacker
gets what anybody with an unknown address gets, on either database.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from companies import actions
from companies.models import Company, Invitation, Membership, Role, User, UserManager
from licensing.models import Installation
from notifications.links import Subscriber, wishes_url
from notifications.models import Contact
from notifications.rules.recipients import Topic
from orders.models import Order
from outbox.models import Message
from tests.accounts.log_in import reauthenticate, try_password
from tests.accounts.mailbox import mails_to
from tests.cast import PASSWORD, Cast, member
from tests.customers.order_form import send, values
from tests.desk.staffed import Enter  # noqa: F401 - the staff of the desk
from tests.kept_rows import kept
from tests.notifications.wishing import set_wishes
from tests.pages import settled

pytestmark = pytest.mark.both_databases

VICTIM = "sales.kim@idisamericas.com"
LOOK_ALIKES = {  # whose letters only look like the victim's
    "dotless i in the domain": "sales.kim@ıdisamericas.com",
    "dotless i": "sales.kım@idisamericas.com",
    "dotted I in the domain": "sales.kim@İdisamericas.com",
    "dotted I": "sales.kİm@idisamericas.com",
    "long s in the domain": "sales.kim@idiſamericas.com",
    "long s": "ſales.kim@idisamericas.com",
    "both": "ſales.kım@ıdiſamericas.com",
    "a Cyrillic letter": "sales.kim@idis\u0430mericas.com",
    "full width": "sales.kim@\uff49disamericas.com",
}
SPELLINGS = {  # that are the victim's own, for Unicode and for every mail server
    "as it is": VICTIM,
    "capitals": VICTIM.upper(),
    "Kelvin": "sales.\u212aim@idisamericas.com",
    "a blank": f" {VICTIM} ",
}
look_alikes = pytest.mark.parametrize("typed", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
RESET = "/account/password/reset/"


@kept
def victim(cast: Cast) -> User:
    """An owner of a company of their own, and a contact of Harbor's."""
    return member(VICTIM, Company.objects.create(name="Idis Americas"), Role.OWNER)


@kept
def site(cast: Cast) -> Installation:
    return cast.site(ISS_Expert=1)


def links() -> list[str]:
    """To whom links went that open an account."""
    opening = re.compile("/password/reset/key/|/confirm-email/|/invitations/")
    return [to for each in mail.outbox if opening.search(str(each.body)) for to in each.to]


# Log-in and reset -----------------------------------------------------------------------


@look_alikes
def test_no_link_to_the_account_goes_to_a_look_alike(victim: User, typed: str) -> None:
    response = Client().post(RESET, {"email": typed})
    assert links() == []
    assert [each.to for each in mail.outbox if VICTIM in each.to] == []
    unknown = Client().post(RESET, {"email": f"nobody.{typed}"})
    assert (response.status_code, settled(response)) == (unknown.status_code, settled(unknown))


@pytest.mark.parametrize("typed", SPELLINGS.values(), ids=SPELLINGS)
def test_however_it_is_written_the_link_goes_to_the_stored_address(
    victim: User, typed: str
) -> None:
    Client().post(RESET, {"email": typed})
    assert links() == [VICTIM]


def test_whoever_finds_the_user_the_link_goes_to_the_stored_address(
    victim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the search for users ever find too many again."""
    everybody = User.objects.filter(pk=victim.pk)
    monkeypatch.setattr(UserManager, "with_address", lambda *_typed: everybody)
    Client().post(RESET, {"email": LOOK_ALIKES["dotless i in the domain"]})
    assert links() == [VICTIM]


@look_alikes
def test_nobody_logs_in_by_a_look_alike(victim: User, typed: str) -> None:
    assert try_password(Client(), typed, PASSWORD).status_code == 200
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(typed)


def test_all_spellings_share_the_limit_of_wrong_passwords(victim: User) -> None:
    """From one client, which has five for the account: more for other spellings it has not."""
    for typed in [*SPELLINGS.values(), VICTIM]:
        try_password(Client(), typed, "wrong")
    last = try_password(Client(), SPELLINGS["Kelvin"], PASSWORD)
    assert "Too many tries in a row" in last.content.decode()


def test_all_spellings_share_the_limit_of_resets(victim: User) -> None:
    for typed in [*SPELLINGS.values(), VICTIM]:
        assert Client().post(RESET, {"email": typed}).status_code == 302
    assert Client().post(RESET, {"email": VICTIM.title()}).status_code == 429


def test_both_ways_to_write_an_international_domain_share_the_limits(db: None) -> None:
    ways = ["ann@bücher.example", "ann@xn--bcher-kva.example"] * 3
    answers = [Client().post(RESET, {"email": way}).status_code for way in ways]
    assert answers == [302] * 5 + [429]


# Invitations ----------------------------------------------------------------------------


def token() -> str:
    found = re.search(r"/invitations/([\w-]+)/", str(mail.outbox[-1].body))
    assert found
    return found[1]


@look_alikes
def test_an_invitation_to_a_look_alike_is_to_somebody_else(
    victim: User, cast: Cast, typed: str
) -> None:
    """It is refused where no mail server takes it; else it makes an account of its own."""
    before = Membership.objects.filter(user=victim).count()
    owner = Client()
    owner.force_login(cast.owner)
    form = {"company": str(cast.harbor.pk), "email": typed, "role": "owner"}
    owner.post("/company/", form)
    for invitation in Invitation.objects.all():
        assert links() == [invitation.email]
        assert invitation.email not in (VICTIM, typed)
        stranger = Client()
        joined = {"full_name": "Eve", "password1": PASSWORD, "password2": PASSWORD}
        stranger.post(f"/invitations/{token()}/", joined)
        assert User.objects.get(email=invitation.email) != victim
    assert VICTIM not in links()
    assert Membership.objects.filter(user=victim).count() == before


@look_alikes
def test_a_look_alike_does_not_take_the_invitation_of_the_victim(cast: Cast, typed: str) -> None:
    """The link is mailed to the victim; should somebody else see it, it is of no use."""
    actions.invite(company=cast.harbor, email=VICTIM, role="owner", by=cast.owner)
    eve = User.objects.create(email=typed)
    client = Client()
    client.force_login(eve)
    client.post(f"/invitations/{token()}/")
    assert not Membership.objects.filter(user=eve).exists()


def test_a_member_is_not_invited_again_by_another_spelling(cast: Cast, victim: User) -> None:
    owner = Client()
    owner.force_login(victim)
    company = victim.memberships.get().company
    for typed in SPELLINGS.values():
        owner.post("/company/", {"company": str(company.pk), "email": typed, "role": "buyer"})
    assert (Invitation.objects.count(), links()) == (0, [])


# The change of one's own address --------------------------------------------------------


@pytest.mark.parametrize("typed", {**LOOK_ALIKES, **SPELLINGS}.values())
def test_nobody_changes_their_address_into_the_account_of_another(
    victim: User, cast: Cast, typed: str
) -> None:
    eve = Client()
    try_password(eve, cast.buyer.email, PASSWORD)
    reauthenticate(eve)
    eve.post("/account/email/", {"email": typed, "action_add": ""})
    for row in EmailAddress.objects.filter(user=cast.buyer, verified=False):
        assert links() == [row.email]  # what belongs to the person who confirms it
        for body in mails_to(row.email):
            found = re.search(r"https?://\S+/confirm-email/\S+", body)
            assert found
            Client().post(urlsplit(found[0]).path)
    victim.refresh_from_db()
    cast.buyer.refresh_from_db()
    assert victim.email == VICTIM
    assert cast.buyer.email != VICTIM
    assert User.objects.with_address(VICTIM).get() == victim


# Contacts, and the addresses on a purchase order ------------------------------------------


@look_alikes
def test_a_look_alike_is_another_contact(cast: Cast, site: Installation, typed: str) -> None:
    set_wishes(installation=site, address=VICTIM, topics=[Topic.CONFIRMATIONS])
    buyer = Client()
    buyer.force_login(cast.buyer)
    form = {"company": cast.harbor.pk, "email": typed, "name": "", "language": "en", "topics": []}
    buyer.post(f"/installations/{site.reference}/contacts/", form)
    theirs = wishes_url(Subscriber(site.reference, cast.harbor.pk, typed))
    Client().post(urlsplit(theirs).path, {"language": "en"})
    of_victim = Contact.objects.get(installation=site, email=VICTIM)
    assert of_victim.topics == [Topic.CONFIRMATIONS]


def test_the_spellings_of_an_address_are_one_contact(cast: Cast, site: Installation) -> None:
    buyer = Client()
    buyer.force_login(cast.buyer)
    for typed in SPELLINGS.values():
        form = {"company": cast.harbor.pk, "email": typed, "name": "", "language": "en"}
        buyer.post(f"/installations/{site.reference}/contacts/", form)
    assert Contact.objects.filter(installation=site, email=VICTIM).count() == 1


def test_an_order_tells_each_mailbox_once_and_no_look_alike_instead(cast: Cast) -> None:
    """Look-alikes that no mail server takes are refused; the others are other people."""
    buyer = Client()
    buyer.force_login(cast.buyer)
    typed = "; ".join(each.strip() for each in [*SPELLINGS.values(), "sales.kim@ıdisamericas.com"])
    assert send(buyer, cast, values(notify=typed)).status_code == 302
    order = Order.objects.get()
    assert order.notify == [VICTIM, "sales.kim@xn--disamericas-yzb.com"]
    cast.issue(order)
    letters = Message.objects.exclude(recipients=[cast.buyer.email]).order_by("pk")
    assert [each.recipients for each in letters] == [[address] for address in order.notify]


# Staff ----------------------------------------------------------------------------------


@look_alikes
def test_the_shell_and_the_desk_take_a_look_alike_for_nobody(
    victim: User,
    typed: str,
    tmp_path: Path,
    roles: dict[str, User],
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("po_number\n1\n")
    with pytest.raises(CommandError, match="no user"):
        call_command("import_orders", str(file), "--company", "Idis Americas", "--by", typed)
    desk = Client()
    desk.force_login(roles["Administrator"])
    found = desk.get("/admin/companies/user/", {"q": typed}).content.decode()
    assert VICTIM not in found


def test_the_desk_makes_no_second_account_of_a_spelling(
    victim: User,
    roles: dict[str, User],
) -> None:
    desk = Client()
    desk.force_login(roles["Administrator"])
    before = User.objects.count()
    for typed in SPELLINGS.values():
        form = {"email": typed, "is_active": "on"}
        answer = desk.post("/admin/companies/user/add/", form).content.decode()
        assert "A user with this email address exists already." in answer
    assert (User.objects.count(), links()) == (before, [])
