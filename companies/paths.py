"""The addresses of pages about one thing, which has a reference of letters and digits."""

from functools import cache

from django.urls import reverse

ANY = "0reference0"


def path_of(page: str, reference: str) -> str:
    """Lists have many of them, so the way to a page is looked up once in a process."""
    before, after = _around(page)
    return f"{before}{reference}{after}"


@cache
def _around(page: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=[ANY]).partition(ANY)
    return before, after
