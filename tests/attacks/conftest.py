"""Attackers begin with the world as it is, and with somebody of each role at the desk."""

from tests.desk.conftest import manned, staffed

__all__ = ["manned", "staffed"]
