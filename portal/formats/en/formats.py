"""Dates in American English, short enough for a table."""

DATE_FORMAT = "M j, Y"  # Nov 24, 2026
DATETIME_FORMAT = "M j, Y, g:i A T"  # Nov 24, 2026, 3:08 PM CST: no time without its zone
TIME_FORMAT = "g:i A"
