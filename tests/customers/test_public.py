"""The page that everybody may read: all that the vendor's page says, and what to write."""

import re
import time
import tomllib

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from licensing.catalog import CATALOG
from licensing.models import Family, Product
from portal.customers.public.public_views import KEPT
from tests.cast import Cast
from tests.customers.reading import LogIn, page, row_of, statements
from tests.pages import linked, links, only, words, words_of

STATEMENTS = 4

# Each statement of licensing-ordering-information.txt, by the words that ours has for it
FACTS = {
    "new-or-existing": "Say on every purchase order whether the installation is new or existing.",
    "why": "That is how licenses are issued correctly and can be activated.",
    "new-serial": "We generate a unique serial number for each license type, and send it to you "
    "in the confirmation email.",
    "keep-it": "Every later order of licenses for the same system needs it: "
    "write it on that purchase order.",
    "existing-serial": "Write the existing serial number of each license type on the purchase "
    "order.",
    "revised-confirmation": "We update the licenses, and confirm it in a revised confirmation "
    "email.",
    "delays": "Then your order may be delayed: licenses can’t be updated until we have the "
    "correct one.",
    "iss-stays": "ISS: the serial stays the same for all later purchases and updates. "
    "Write it on every one of them, whatever is changed or added.",
    "iss-own-serial": "Each license type has a serial number of its own",
    "iss-remains": "The ISS serial number remains the same once it is issued.",
    "vai-changes": "VAI: the serial changes. With each add-on, upgrade or renewal, "
    "a new one is issued and sent to you.",
    "vai-on-updates": "The VAI serial number changes with each add-on, upgrade or renewal.",
    "maintenance": "All subscriptions include software maintenance for as long as they run.",
    "powered-by": "powered by Vaidio",
    "sales": "Our sales team answers questions about licensing, purchasing, and product "
    "compatibility: which license is right, how to upgrade an existing system, how activation "
    "works",
    "phone": "1.888.694.7827",
    "email": "sales@idisamericas.com",
}


@pytest.fixture
def everybody(cast: Cast) -> Client:
    return Client()


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())
def test_every_fact_of_the_vendors_page_is_there(everybody: Client, fact: str) -> None:
    assert fact in words(page(everybody, "/"))


def test_every_part_number_is_there_with_its_description_word_for_word(everybody: Client) -> None:
    content = page(everybody, "/")
    products = tomllib.loads(CATALOG.read_text())["products"]
    assert len(products) == 16
    for product in products:
        row = row_of(content, product["part_number"])
        assert product["description"] in row
        assert product.get("requires", "") in row
        if "term_years" in product:
            assert re.search(rf"\b{product['term_years']} years?\b", row)


def test_kits_and_stand_ins_are_told(everybody: Client) -> None:
    content = page(everybody, "/")
    assert "4 × ISS-Expert" in row_of(content, "ISS-ExpertStarterPack")
    assert "ISS-Expert or ISS-ExpertPlus" in row_of(content, "ISS-Backup")


def test_what_can_not_be_ordered_any_more_is_left_out(everybody: Client) -> None:
    Product.objects.filter(pk="ISS-RTP").update(active=False)
    content = page(everybody, "/")
    assert "ISS-RTP" not in content
    assert "15 part numbers in 2 license types." in content


def test_a_third_license_type_appears_by_itself(everybody: Client) -> None:
    family = Family.objects.create(
        code="NVR", name="NVR licensing", position=3, reissue_on_renew=True
    )
    Product.objects.create(
        part_number="NV-1", family=family, description="One recorder.", unit="device", term_years=2
    )
    content = page(everybody, "/")
    assert "NVR: the serial changes. With each renewal, a new one is" in words(content)
    assert "NVR changes" in words(content)
    assert "The NVR serial number changes with each renewal." in words(content)
    assert "One recorder." in row_of(content, "NV-1")
    assert "NVR serial number: ____" in slip(everybody, "/")
    # On an add-on it stays, so its lane has two serials where VAI has three
    families = words_of(content, ".fam")
    assert [families.count(code) for code in ("NVR", "VAI", "ISS")] == [2, 3, 1]


def test_which_serial_stays_is_read_from_the_catalog(everybody: Client) -> None:
    Family.objects.filter(pk="ISS").update(reissue_on_add=True)
    Family.objects.filter(pk="VAI").update(
        reissue_on_add=False, reissue_on_upgrade=False, reissue_on_renew=False
    )
    text = words(page(everybody, "/"))
    assert "ISS changes" in text
    assert "VAI stays" in text


# What to write -------------------------------------------------------------------------


def slip(client: Client, path: str) -> str:
    """The text that is copied, as the server wrote it, blank lines left out."""
    other = "existing" if "kind=new" in path else "new"  # the style sheet hides its lines
    shown = f"#slip div:not([hidden], .if-{other})"
    return "\n".join(filter(None, words_of(page(client, path), shown)))


def test_the_text_has_blanks_before_anything_is_answered(everybody: Client) -> None:
    assert slip(everybody, "/") == (
        "EXISTING INSTALLATION\n"
        "ISS serial number: ____________\n"
        "VAI serial number: ____________\n"
        "Licenses:\n"
        "____________"
    )


def test_without_a_script_the_server_writes_the_text(everybody: Client) -> None:
    asked = "/?kind=existing&types=VAI&serial_VAI=VAI-9PWK&serial_ISS=ISS-1&parts=6 x VS-ES1"
    assert slip(everybody, asked) == (
        "EXISTING INSTALLATION\nVAI serial number: VAI-9PWK\nLicenses:\n6 x VS-ES1"
    )
    asked = "/?kind=new&types=ISS&site_name=Pier 9&parts=4 x ISS-Expert"
    assert slip(everybody, asked) == (
        "NEW INSTALLATION\nSite name: Pier 9\nLicenses:\n4 x ISS-Expert"
    )


BAD = {
    # what is wrong → what the page says
    "kind": ("/?kind=x&types=ISS", "Select a valid choice."),
    "no-types": ("/?kind=new", "Choose at least one license type."),
    "long-site": (f"/?kind=new&types=ISS&site_name={'x' * 121}", "at most 120 characters"),
    "long-parts": (f"/?kind=new&types=ISS&parts={'x' * 2001}", "at most 2000 characters"),
    "long-serial": (f"/?kind=new&types=ISS&serial_ISS={'x' * 65}", "at most 64 characters"),
    "newline": ("/?kind=new&types=ISS&site_name=a%0Ab", "Use plain characters on one line."),
    "nul": ("/?kind=new&types=ISS&parts=a%00b", "Null characters are not allowed."),
}


@pytest.mark.parametrize(("path", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_at_the_field(everybody: Client, path: str, said: str) -> None:
    assert said in words(page(everybody, path))


def test_html_is_only_text(everybody: Client) -> None:
    content = page(everybody, "/?kind=new&types=ISS&site_name=<script>alert(1)</script>")
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert" in content


# Caches and cost -----------------------------------------------------------------------


def test_caches_may_keep_it_only_while_nobody_is_known(
    everybody: Client, cast: Cast, log_in: LogIn
) -> None:
    response = everybody.get("/")
    assert response["Cache-Control"] == "public, max-age=300"
    assert not response.cookies
    assert "Cookie" in response["Vary"]
    assert "no-store" in everybody.get("/?kind=new&types=ISS&site_name=x")["Cache-Control"]
    assert "no-store" in log_in(cast.buyer).get("/guide/")["Cache-Control"]


def test_who_is_logged_in_sees_it_with_the_navigation(cast: Cast, log_in: LogIn) -> None:
    content = page(log_in(cast.buyer), "/guide/")
    assert "/home/" in links(content)
    assert "Log out" in content
    assert cast.buyer.email in content


def test_the_address_of_the_site_leads_who_is_logged_in_home(cast: Cast, log_in: LogIn) -> None:
    response = log_in(cast.buyer).get("/")
    assert (response.status_code, response["Location"]) == (302, "/home/")
    assert "no-store" in response["Cache-Control"]
    assert log_in(cast.sales).get("/", follow=True).redirect_chain == [
        ("/home/", 302),
        ("/admin/", 302),
    ]


def test_what_was_answered_there_is_kept_for_who_is_logged_in(cast: Cast, log_in: LogIn) -> None:
    asked = "/?kind=new&types=ISS&site_name=Pier+9"
    assert "Pier 9" in slip(log_in(cast.buyer), asked)


def test_every_page_links_it(cast: Cast, log_in: LogIn) -> None:
    link = ("/guide/#helper", "What to write on a purchase order")
    assert link in linked(page(log_in(cast.buyer), "/home/"))
    assert link in linked(page(Client(), "/account/login/"))


@pytest.fixture
def keeping(settings: Settings) -> None:
    here = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "of a test"}
    settings.CACHES = {**settings.CACHES, "public": here}
    caches["public"].clear()


def test_strangers_get_what_was_drawn_a_moment_ago(
    everybody: Client, cast: Cast, log_in: LogIn, keeping: None
) -> None:
    first = page(everybody, "/")
    Product.objects.filter(pk="ISS-RTP").update(active=False)
    assert statements(everybody, "/") == 0
    assert page(everybody, "/") == first
    assert "ISS-RTP" not in page(log_in(cast.buyer), "/guide/")
    assert "ISS-RTP" not in page(everybody, "/?kind=new&types=ISS")
    with time_machine.travel(time.time() + KEPT + 1):
        assert "ISS-RTP" not in page(everybody, "/")


def test_what_was_drawn_is_of_one_language_and_address(everybody: Client, keeping: None) -> None:
    english, spanish = (
        page(Client(headers={"Accept-Language": code}), "/") for code in ("en", "es")
    )
    assert only(english, "html").attributes["lang"] == "en"
    assert only(spanish, "html").attributes["lang"] == "es"
    assert "back=/guide/" in page(everybody, "/guide/")
    assert "back=/guide/" not in page(everybody, "/")
    vary = everybody.get("/")["Vary"]
    assert {"Accept-Encoding", "Accept-Language", "Cookie"} <= {*vary.split(", ")}


def test_it_is_cheap(everybody: Client, cast: Cast, log_in: LogIn) -> None:
    assert statements(everybody, "/") <= STATEMENTS
    assert statements(log_in(cast.buyer), "/guide/") <= STATEMENTS
