"""Every page that the site answers a GET with: who goes there, and how."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import FilePayload, Page, Response, expect

from tests.browser.second_factors import confirm_password, give_device, turn_on_app
from tests.browser.steps import BUYER, OUTSIDER, OWNER, SALES, VIEWER, press, quote_serials
from tests.browser.supervised import Supervised

NOBODY = ""
END_CUSTOMER = "facilities@bayview.example"
ADMIN = "admin@vendor.example"


@dataclass(frozen=True)
class Stop:
    """One page: its route, an address, links to follow from there, and what is done there."""

    route: str
    go: str = ""
    links: tuple[str, ...] = ()  # patterns of addresses; of each, the first link on the page
    do: Callable[[Page, Supervised], object] | None = None
    may_be_refused: bool = False

    def reach(self, page: Page, demo: Supervised) -> int:
        """The status that the page answers with."""
        answer = page.goto(self.go) if self.go else None
        for pattern in self.links:
            answer = page.goto(address_of_link(page, pattern))
        done = self.do(page, demo) if self.do else None
        if isinstance(done, Response):
            answer = done
        return answer.status if answer else 200  # it is a page that a button led to


def address_of_link(page: Page, pattern: str) -> str:
    addresses: list[str] = page.locator("a[href]").evaluate_all("links => links.map(l => l.href)")
    found = [text for text in addresses if re.fullmatch(pattern, urlsplit(text).path)]
    assert found, f"{page.url} has no link to {pattern}"
    return found[0]


# What is done on the way


def open_invitation(page: Page, demo: Supervised) -> None:
    page.goto(demo.invitation_link())


def ask_for_a_new_password(page: Page, demo: Supervised) -> None:
    page.get_by_label("Email").fill("nobody@dealer.example")
    page.get_by_role("main").get_by_role("button").click()
    expect(page).to_have_url(re.compile("/reset/done/$"))


def open_account_settings(page: Page, demo: Supervised) -> None:
    page.locator("summary:visible").filter(has_text="Your account").click()
    page.locator("a:visible").filter(has_text="Account settings").click()
    expect(page).to_have_url(re.compile("/account/"))


def place_nothing(page: Page, demo: Supervised) -> None:
    quote_serials(page, ISS="unknown", VAI="unknown")
    press(page, "Place order")
    expect(page.get_by_role("alert")).to_be_visible()


def find_nothing(page: Page, demo: Supervised) -> None:
    quote_serials(page)
    page.get_by_text("I can’t find the serial number").click()
    page.get_by_label("Find the site").fill("no such site")
    press(page, "Find")
    expect(page.get_by_text("No site found")).to_be_visible()


def add_contact(page: Page, demo: Supervised) -> None:
    page.get_by_label("Email").fill("installer@site.example")
    press(page, "Add contact")
    expect(page.locator(".notice[role=status]")).to_contain_text("installer@site.example")


def save_draft(page: Page, demo: Supervised) -> None:
    page.get_by_label("PO number").fill("20-1190")
    press(page, "Save draft")
    expect(page).to_have_url(re.compile("/orders/drafts/"))


def upload_orders(page: Page, demo: Supervised) -> None:
    """A file in which nothing can be ordered."""
    rows = b"po_number,kind,site_name,serial_number,part_number,quantity,action\n8000,new,,,,,\n"
    file: FilePayload = {"name": "orders.csv", "mimeType": "text/csv", "buffer": rows}
    page.locator("input[type=file]").set_input_files(file)
    press(page, "Preview orders")
    expect(page.get_by_role("heading", name=re.compile("None of these"))).to_be_visible()


def set_up_app(page: Page, demo: Supervised) -> None:
    turn_on_app(page, page.locator(".secret").inner_text())
    expect(page.locator(".codes li").first).to_be_visible()


def add_passkey(page: Page, demo: Supervised) -> None:
    give_device(page)
    press(page, "Add passkey")
    expect(page).not_to_have_url(re.compile("/add/$"))


def turn_all_off(page: Page, demo: Supervised) -> None:
    """Leaves the account as it was."""
    press(page, "Remove passkey")
    expect(page.get_by_text("You have no passkeys yet.")).to_be_visible()
    page.goto("/account/two-step/totp/deactivate/")
    press(page, "Turn off app")
    expect(page.get_by_role("link", name="Set up app")).to_be_visible()


def come_back(page: Page, demo: Supervised) -> None:
    """With the password, up to the second step."""
    spare = page.locator(".codes li").first.inner_text()
    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_label("Email").fill(END_CUSTOMER)
    page.get_by_label("Password").fill(demo.password)
    press(page, "Log in")
    page.get_by_label("Code").fill(spare)


def take_second_step(page: Page, demo: Supervised) -> None:
    press(page, "Log in")
    expect(page).to_have_url(re.compile("/home/$"))


def confirm_and_go_on(page: Page, demo: Supervised) -> None:
    confirm_password(page, demo)
    page.goto(TWO_STEP)


def choose_all(action: str) -> Callable[[Page, Supervised], None]:
    def choose(page: Page, demo: Supervised) -> None:
        page.locator("#action-toggle").check()
        page.locator("select[name=action]").select_option(action)
        press(page, "Go")
        expect(page.get_by_role("heading", name=re.compile("orders"))).to_be_visible()

    return choose


def decide(verb: str, reason: str = "") -> Callable[[Page, Supervised], None]:
    """Without a reason, where one is needed, it is a page with an error."""

    def press_it(page: Page, demo: Supervised) -> None:
        if reason:
            page.get_by_label("Reason").fill(reason)
        page.get_by_role("button", name=re.compile(f"^{verb} ")).click()
        expect(page).to_have_url(re.compile("/several/"))

    return press_it


def save_unchanged(page: Page, demo: Supervised) -> None:
    """So that the record of what was done at the desk has a row."""
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist")).to_be_visible()


def open_answer(page: Page, demo: Supervised) -> None:
    page.goto(demo.answer_link("20-1187"))


def answer_nothing(page: Page, demo: Supervised) -> None:
    press(page, "Find the site")
    expect(page.locator(".errorlist")).to_be_visible()


def give_wrong_serial(page: Page, demo: Supervised) -> None:
    go_on(page, "serial")
    page.get_by_label("ISS serial number").fill("ISS-0000-0000-0000-0000")
    press(page, "Give serial number")
    expect(page.get_by_text("Only sales sees this:")).to_be_visible()


# Where they go

AN_INSTALLATION, AN_ORDER = "/installations/[^/]+/", "/orders/(?!new/|bulk/)[^/]+/"
IN_REVIEW = "/installations/?q=20-1187"  # finds an order that waits, in the demo
ORDERS = "/admin/orders/order/"
DESK_ORDER = ORDERS + r"\d+/change/"


DESKS = admin.site._registry
EMPTY = {"outbox/archivedmessage"}  # the demo has none: all that it has is new
NO_LINKS = {model for model, desk in DESKS.items() if desk.list_display_links is None}


def of_model(model: str) -> tuple[Stop, ...]:
    """The pages that Django's admin has for it; the desk refuses some, to everybody."""
    name, path = f"admin:{model.replace('/', '_')}", f"/admin/{model}/"
    row: tuple[str, ...] = (path + "[^/]+/change/",)
    everything = path + ("?status=all" if path == ORDERS else "")
    first = everything
    if model in EMPTY:
        return (Stop(f"{name}_changelist", everything),)
    if apps.get_model(model.replace("/", ".")) in NO_LINKS:
        first, row = path + "1/change/", ()

    return (
        Stop(f"{name}_changelist", everything, do=use_list),
        Stop(f"{name}_add", path + "add/", may_be_refused=True),
        Stop(f"{name}_change", first, row, do=use_form),
        Stop(f"{name}_history", do=lambda page, demo: go_on(page, "history")),
        Stop(f"{name}_delete", do=lambda page, demo: go_on(page, "delete"), may_be_refused=True),
    )


def use_frame(page: Page, demo: Supervised) -> None:
    """The sidebar, and the themes, once around."""
    use(page, "#toggle-nav-sidebar", times=2)
    use(page, "button.theme-toggle:visible", times=3)


def use_list(page: Page, demo: Supervised) -> None:
    use(page, "#changelist-filter summary")


def use_form(page: Page, demo: Supervised) -> None:
    """Opens the folded parts, and uses the calendars and clocks."""
    use(page, "fieldset summary")
    use(page, ".datetimeshortcuts a:visible")


def use(page: Page, selector: str, times: int = 1) -> None:
    if page.locator(selector).count():
        for _ in range(times):
            page.locator(selector).first.click()


def ask(move: str, page: Page, _demo: Supervised) -> Response | None:
    return go_on(page, move)


def go_on(page: Page, to: str) -> Response | None:
    """To another page of the same row."""
    return page.goto(re.sub("/[a-z]+/(?:[?].*)?$", f"/{to}/", page.url))


def models() -> list[str]:
    return sorted(f"{m._meta.app_label}/{m._meta.model_name}" for m in DESKS)


ACCOUNT = "/account/"
TWO_STEP = "/account/two-step/"
WALKS: dict[str, tuple[Stop, ...]] = {
    NOBODY: (
        Stop("public", "/"),
        Stop("guide", "/guide/"),
        Stop("invitation", do=open_invitation),
        Stop("invitation", "/invitations/unknown/", may_be_refused=True),
        Stop("order_answer", "/orders/answer/unknown/", may_be_refused=True),
        Stop("about_mail", "/mail/"),
        Stop("mail_wishes", "/mail/unknown/", may_be_refused=True),
        Stop("serial_entered", "/entered/unknown/", may_be_refused=True),
        Stop("account_login", ACCOUNT + "login/"),
        Stop("account_language", ACCOUNT + "language/"),
        Stop("account_signup", ACCOUNT + "signup/"),
        Stop("account_inactive", ACCOUNT + "inactive/"),
        Stop("account_reset_password", ACCOUNT + "password/reset/"),
        Stop("account_reset_password_done", ACCOUNT + "password/reset/", do=ask_for_a_new_password),
        Stop("account_reset_password_from_key", ACCOUNT + "password/reset/key/1-old/"),
        Stop("account_reset_password_from_key_done", ACCOUNT + "password/reset/key/done/"),
        Stop("account_email_verification_sent", ACCOUNT + "confirm-email/"),
        Stop("account_confirm_email", ACCOUNT + "confirm-email/unknown/"),
        Stop("", "/nowhere/", may_be_refused=True),
    ),
    BUYER: (
        Stop("home", "/home/"),
        Stop("installations", "/installations/"),
        Stop("installations", "/installations/?q=nothing+like+it"),
        Stop("installation", "/installations/?q=Harbor+Point", (AN_INSTALLATION,)),
        Stop("contacts", "/installations/?q=Harbor+Point", (AN_INSTALLATION, ".*/contacts/")),
        Stop("contacts", do=add_contact),
        Stop("contact", links=(r".*/contacts/\d+/",)),
        Stop(
            "installation_notices",
            "/installations/?q=Harbor+Point",
            (AN_INSTALLATION, AN_INSTALLATION + "notices/"),
        ),
        Stop("orders", "/orders/"),
        Stop("order", "/orders/", (AN_ORDER,)),
        Stop(
            "order_confirmation",
            "/installations/?q=Harbor+Point",
            (AN_INSTALLATION, AN_ORDER + "confirmation/"),
        ),
        Stop("order_new", "/orders/new/"),
        Stop("order_new", "/orders/new/", do=place_nothing),
        Stop("order_new", "/orders/new/", do=find_nothing),
        Stop("draft", "/orders/new/", do=save_draft),
        Stop("order_bulk", "/orders/bulk/"),
        Stop("order_bulk_upload", "/orders/bulk/", do=upload_orders),
        Stop("account_logout", ACCOUNT + "logout/"),
        Stop("installation", "/installations/unknown/", may_be_refused=True),
    ),
    VIEWER: (
        Stop("company", "/company/"),
        Stop("order_new", "/orders/new/", may_be_refused=True),
        Stop("account_email", "/home/", do=open_account_settings),
        Stop("account_change_password", ACCOUNT + "password/change/"),
        Stop("account_language", ACCOUNT + "language/"),
        Stop("usersessions_list", ACCOUNT + "sessions/"),
    ),
    OWNER: (
        Stop("home", "/home/"),
        Stop("company", "/company/"),
    ),
    OUTSIDER: (
        Stop("order", IN_REVIEW, (AN_ORDER,)),
        Stop("order_cancel", IN_REVIEW, (AN_ORDER, AN_ORDER + "cancel/")),
    ),
    END_CUSTOMER: (
        Stop("home", "/home/"),
        Stop("installation", "/installations/", (AN_INSTALLATION,)),
        Stop("orders", "/orders/"),
        Stop("mfa_index", TWO_STEP),
        Stop("account_reauthenticate", TWO_STEP + "totp/activate/"),
        Stop("mfa_activate_totp", do=confirm_password),
        Stop("mfa_view_recovery_codes", do=set_up_app),
        Stop("mfa_authenticate", do=come_back),
        Stop("home", do=take_second_step),
        Stop("mfa_reauthenticate", TWO_STEP + "reauthenticate/"),
        Stop("account_reauthenticate", ACCOUNT + "reauthenticate/"),
        Stop("mfa_index", do=confirm_and_go_on),
        Stop("mfa_generate_recovery_codes", TWO_STEP + "recovery-codes/generate/"),
        Stop("mfa_deactivate_totp", TWO_STEP + "totp/deactivate/"),
        Stop("mfa_add_webauthn", TWO_STEP + "webauthn/add/"),
        Stop("mfa_index", do=add_passkey),
        Stop("mfa_list_webauthn", TWO_STEP + "webauthn/"),
        Stop("mfa_reauthenticate_webauthn", TWO_STEP + "webauthn/reauthenticate/"),
        Stop("mfa_edit_webauthn", TWO_STEP + "webauthn/", (r".*/keys/\d+/edit/",)),
        Stop("mfa_remove_webauthn", TWO_STEP + "webauthn/", (r".*/keys/\d+/remove/",)),
        Stop("mfa_index", do=turn_all_off),
    ),
    SALES: (
        Stop("company", "/company/"),
        Stop("admin:index", "/admin/"),
        Stop("admin:orders_order_changelist", ORDERS, do=use_frame),
        Stop("admin:orders_order_change", ORDERS, (DESK_ORDER,)),
        *(
            Stop(
                f"admin:orders_order_{move}",
                do=partial(ask, move),
            )
            for move in ("issue", "hold", "reject", "cancel", "release", "serial")
        ),
        Stop("admin:orders_order_attach", do=lambda page, demo: go_on(page, "documents")),
        Stop(
            "admin:orders_order_confirmation",
            ORDERS + "?status=issued",
            (DESK_ORDER, ORDERS + r"\d+/confirmation/"),
        ),
        Stop("admin:orders_order_changelist", ORDERS, do=choose_all("hold")),
        Stop("admin:orders_order_several_hold", do=decide("Hold")),
        Stop("admin:orders_order_several_hold", do=decide("Hold", "Which serial?")),
        Stop("order_answer", do=open_answer),
        Stop("order_answer", do=answer_nothing),
        Stop("admin:index", "/admin/"),
        Stop("admin:orders_order_changelist", ORDERS + "?held_for=sales"),
        Stop("admin:orders_order_change", ORDERS + "?status=held", (DESK_ORDER,)),
        Stop(
            "admin:orders_order_serial",
            ORDERS + "?status=held&q=20-1187",
            (DESK_ORDER,),
            give_wrong_serial,
        ),
        Stop("admin:orders_order_changelist", ORDERS + "?status=held", do=choose_all("release")),
        Stop("admin:orders_order_several_release", do=decide("Take")),
        Stop(
            "admin:licensing_installation_notices",
            "/admin/licensing/installation/",
            ("/admin/licensing/installation/[^/]+/change/",),
            lambda page, demo: go_on(page, "notices"),
        ),
        Stop(
            "admin:licensing_installation_changelist", "/admin/licensing/installation/?server=old"
        ),
        Stop("admin:orders_order_enter", ORDERS + "enter/"),
        Stop("admin:orders_order_enter_for", ORDERS + "enter/", (ORDERS + r"enter/\d+/",)),
        Stop("admin:orders_order_bulk_for", ORDERS + "enter/", (ORDERS + r"enter/\d+/bulk/",)),
        Stop("admin:orders_order_changelist", ORDERS + "?q=nothing+like+it"),
        Stop("admin:mail_previews", "/admin/mail-previews/"),
        Stop("admin:mail_preview", "/admin/mail-previews/confirmation-mixed/en/"),
        Stop("admin:mail_preview", "/admin/mail-previews/mfa-totp-activated/es/"),
    ),
    ADMIN: (
        Stop("admin:app_list", "/admin/licensing/"),
        Stop(  # which has no end customer
            "admin:licensing_installation_change",
            "/admin/licensing/installation/?q=Quay+Street",
            ("/admin/licensing/installation/[^/]+/change/",),
        ),
        Stop(
            "admin:licensing_product_changelist",
            "/admin/licensing/product/",
            ("/admin/licensing/product/[^/]+/change/",),
            save_unchanged,
        ),
        *(stop for model in models() for stop in of_model(model)),
    ),
}
NO_PAGES = {  # and why
    "account_confirm_login_code": "leads to the log-in: codes by mail are not used",
    "account_set_password": "leads to the change: everybody has a password",
    "admin:autocomplete": "JSON",
    "admin:jsi18n": "a script",
    "admin:login": "leads to the log-in",
    "admin:logout": "POST only",
    "admin:mail_preview_attachment": "a file",
    "admin:mail_preview_html": "a mail, in a frame of mail_preview: see test_mail_previews.py",
    "admin:orders_order_confirmation_copy": "a file, or what its page has in a frame",
    "admin:orders_order_confirmation_delivery": "a file",
    "admin:licensing_installation_entered": "POST only",
    "admin:orders_order_document": "a file",
    "admin:orders_order_several_cancel": "the page of several_hold, with other words",
    "admin:orders_order_several_issue": "the page of several_hold, with other words",
    "admin:orders_order_several_reject": "the page of several_hold, with other words",
    **{
        f"admin:outbox_archivedmessage_{page}": "the demo has none"
        for page in ("add", "change", "delete", "history")
    },
    "admin:outbox_message_deal_with": "leads back: nothing has failed in the demo",
    "admin:outbox_message_retry": "POST only",
    "admin:password_change": "leads to the account's page",
    "admin:password_change_done": "leads to the account's page",
    "company_remove": "POST only",
    "company_resend": "POST only",
    "company_revoke": "POST only",
    "company_role": "POST only",
    "company_second_factor": "POST only",
    "company_switch": "POST only",
    "health": "JSON",
    "installation_entered": "POST only",
    "mfa_download_recovery_codes": "a text file",
    "mfa_login_webauthn": "JSON",
    "mail_unsubscribe": "leads to mail_wishes",
    "order_bulk_discard": "POST only",
    "order_bulk_go_on": "POST only",
    "order_bulk_place": "POST only",
    "order_bulk_result": "a file",
    "order_bulk_sample": "a file",
    "order_bulk_template": "a file",
    "order_confirmation_copy": "a file, or what its page has in a frame",
    "order_document": "a file",
    "order_documents": "POST only",
    "order_keep": "POST only",
    "order_serial": "POST only",
    "contact_remove": "POST only",
    "draft_delete": "POST only",
}


def named_routes() -> set[str]:
    return set(_named(get_resolver().url_patterns, ""))


def _named(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _named(pattern.url_patterns, inner)
        elif pattern.name:
            yield space + pattern.name
