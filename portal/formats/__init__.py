"""Formats of dates and numbers by language; Django's apply where a language sets none."""
