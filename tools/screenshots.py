"""Takes the pictures in docs/screenshots/: `make screenshots`.

It visits its own demo, in a temporary folder, as the people who use each page, in light and dark,
on a desk and on a phone. The serial numbers are random, so they change each time.
"""

# ruff: noqa: S603 - the commands are our own

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, FilePayload, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = ((1280, 800), (390, 844))  # pixels; the height is that of a short page
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MAX_HEIGHT = 2400  # pixels
MAIL_SECONDS = 60

SITE, PO_NUMBER = "Harbor Point Terminal", "4711"  # in the demo: its VAI serial was replaced


@dataclass(frozen=True)
class Demo:
    """The running demo, with the facts that it printed."""

    url: str
    password: str
    mail: Path


@dataclass(frozen=True)
class Shot:
    """One page, its user, and the steps from the user's first page to it."""

    name: str
    email: str
    go: Callable[[Page, Demo], object]


def to(path: str) -> Callable[[Page, Demo], object]:
    return lambda page, demo: page.goto(demo.url + path)


def follow(link: Locator) -> None:
    link.page.goto(link.evaluate("link => link.href"))


def to_installation(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/installations/")
    follow(page.get_by_role("main").get_by_role("link", name=SITE, exact=True))


def to_order_form(page: Page, demo: Demo) -> None:
    """The order form, filled in for an installation that has both serials."""
    to_installation(page, demo)
    follow(page.get_by_role("main").get_by_role("link", name="Order licenses").first)
    page.get_by_label("PO number").fill("4812")
    for number, (part_number, quantity) in enumerate((("ISS-Failover", "6"), ("VS-ADV3", "4"))):
        if number:
            page.get_by_role("button", name="Add line").click()
        line = page.get_by_role("group", name=f"Line {number + 1}", exact=True)
        options = line.get_by_role("option")
        label = options.filter(has_text=re.compile(rf"^\s*{part_number}(?![\w-])")).inner_text()
        line.get_by_label("Product").select_option(label=label)
        line.get_by_label("Quantity").fill(quantity)
    page.get_by_label("Quantity").last.blur()
    page.get_by_text("Will be replaced").first.wait_for()


def to_bulk(page: Page, demo: Demo) -> None:
    """The preview of the sample file."""
    page.goto(f"{demo.url}/orders/bulk/")
    sample = page.request.get(f"{demo.url}/orders/bulk/sample.csv").body()
    file: FilePayload = {"name": "orders.csv", "mimeType": "text/csv", "buffer": sample}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Preview orders").click()
    page.get_by_role("button", name="Continue").wait_for(state="detached")


def to_order(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/orders/?q={PO_NUMBER}")
    follow(page.get_by_role("main").get_by_role("link", name=f"PO {PO_NUMBER}").first)


def to_order_in_review(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/admin/orders/order/")
    follow(page.locator("#result_list tbody th a").first)


def to_mail(page: Page, demo: Demo) -> None:
    """The confirmation that the worker delivered."""
    deadline = time.monotonic() + MAIL_SECONDS
    while not (found := [html for html in map(confirmation, demo.mail.glob("*.eml")) if html]):
        if time.monotonic() > deadline:
            sys.exit(f"No confirmation of PO {PO_NUMBER} arrived in {demo.mail}.")
        time.sleep(0.2)
    page.goto("about:blank")  # the policy of our own pages would forbid the mail's styles
    page.set_content(found[0])


def confirmation(file: Path) -> str:
    """The HTML of the mail if it is the confirmation, else an empty text."""
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = mail.get_body(("html",))
    wanted = str(mail["Subject"]).strip().endswith(f"PO {PO_NUMBER}")
    return str(body.get_content()) if body and wanted else ""


NOBODY = ""
BUYER, OWNER, SALES = "buyer@dealer.example", "owner@dealer.example", "sales@vendor.example"
SHOTS = (
    Shot("public", NOBODY, to("/")),
    Shot("log-in", NOBODY, to("/account/login/")),
    Shot("home", BUYER, to("/home/")),
    Shot("installations", BUYER, to("/installations/")),
    Shot("installation", BUYER, to_installation),
    Shot("order-form", BUYER, to_order_form),
    Shot("order", BUYER, to_order),
    Shot("orders", BUYER, to("/orders/")),
    Shot("bulk", BUYER, to_bulk),
    Shot("mail", BUYER, to_mail),
    Shot("company", OWNER, to("/company/")),
    Shot("desk", SALES, to("/admin/")),
    Shot("desk-order", SALES, to_order_in_review),
)


def main() -> None:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        sys.exit("No browser found. Install one, for example: apt-get install chromium")
    no_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses to work for root
    with TemporaryDirectory() as folder, running_demo(folder) as demo, sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=executable, args=["--disable-gpu", *no_sandbox]
        )
        for email in dict.fromkeys(shot.email for shot in SHOTS):
            take([shot for shot in SHOTS if shot.email == email], browser, demo)
        browser.close()


@contextmanager
def running_demo(folder: str) -> Iterator[Demo]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), "PORTAL_VAR": folder}
    command = [sys.executable, "-m", "tools.serve"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        yield Demo(f"http://localhost:{port}", read_password(process), Path(folder) / "mail")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def read_password(process: subprocess.Popen[str]) -> str:
    """Waits for the password: the demo prints it when it is ready."""
    for line in process.stdout or ():
        if found := re.search(r"with the password +(\S+)", line):
            return found[1]
    sys.exit("The demo did not start. Look for the reason above.")


def take(shots: list[Shot], browser: Browser, demo: Demo) -> None:
    """Takes all pages of one person, who logs in once."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    if shots[0].email:
        log_in(page, demo, shots[0].email)
    for shot in shots:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            shot.go(page, demo)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                photograph(page, PICTURES / f"{shot.name}-{width}-{scheme}.png")
    context.close()


def log_in(page: Page, demo: Demo, email: str) -> None:
    page.goto(f"{demo.url}/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(re.compile(r"/(home|admin)/$"))


def photograph(page: Page, file: Path) -> None:
    """Takes the whole page, or the upper part of a very long one."""
    size = page.viewport_size or {"width": 0, "height": 0}
    content: int = page.evaluate("document.documentElement.scrollHeight")
    height = min(max(content, size["height"]), MAX_HEIGHT)
    page.screenshot(
        path=file,
        full_page=True,
        clip={"x": 0, "y": 0, "width": size["width"], "height": height},
    )
    print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
