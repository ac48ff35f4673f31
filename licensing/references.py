"""Random references. Addresses of installations and orders use them instead of primary keys."""

import secrets

from licensing.serial_numbers import ALPHABET

LENGTH = 10  # 50 random bits; a reference opens nothing by itself, every page checks the user


def new_reference() -> str:
    """For example `7k3m9qwx4t`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)).lower()
