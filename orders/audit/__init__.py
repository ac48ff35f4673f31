"""Checks of the invariants of a live database."""
