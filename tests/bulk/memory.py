"""A process of its own, told how much more memory a file of ten thousand rows takes in it.

It is not measured in the process of the tests, which has had its peak already.
"""

# ruff: noqa: E402 - Django is set up first

from __future__ import annotations

import os
import re
import resource
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

from orders.models.bulk import BulkUpload
from tests.cast import Cast, assemble

MEGABYTE = 1024 * 1024
SITES = 200


def peak() -> int:
    """Bytes that this process had at most; what its parent had counts in getrusage on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def idle(cast: Cast) -> Client:
    """A worker that has served the pages around it, and a file with one order."""
    client = Client()
    client.force_login(cast.buyer)
    handle(client, cast, b"po_number,kind,site_name,serial_number,part_number,quantity,action\n"
                         b"PO-0,new,Site 0,,ISS-Expert,1,add\n")  # fmt: skip
    return client


def handle(client: Client, cast: Cast, content: bytes) -> BulkUpload:
    """Uploaded, previewed, placed, and its result read line by line."""
    file = SimpleUploadedFile("orders", content)
    answer = client.post("/orders/bulk/", {"company": cast.harbor.pk, "file": file})
    assert answer.status_code == 302, answer.content.decode()
    path = answer["Location"]
    run(client, path)
    assert client.post(f"{path}place/").status_code == 302
    run(client, path)
    assert client.get(path).status_code == 200
    for _line in client.get(f"{path}result.csv"):
        pass
    return BulkUpload.objects.latest("pk")


def run(client: Client, path: str) -> None:
    while BulkUpload.objects.latest("pk").is_running:
        assert client.post(f"{path}go-on/").status_code == 302


def main(path: Path) -> None:
    setup_test_environment()
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "zeal" not in name]
    call_command("migrate", verbosity=0)
    cast = assemble()
    client = idle(cast)
    before = peak()
    upload = handle(client, cast, path.read_bytes())
    assert (upload.row_count, upload.order_count, upload.phase) == (10_000, SITES, "placed")
    print((peak() - before) / MEGABYTE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
