"""Formats in the Spanish of the Americas, from the United States to Central America.

Figures are grouped and divided as in English there (1,000.5), unlike in Spain and in the south, and
they stand beside part numbers and files that are the same in both languages. The day is written
with the name of its month, since both 24/11 and 11/24 are read there.
"""

DATE_FORMAT = "j b Y"  # 24 nov 2026
DATETIME_FORMAT = "j b Y, H:i T"  # 24 nov 2026, 15:08 CST: no time without its zone
TIME_FORMAT = "H:i"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"]  # date fields show the first
