"""The bytes that a page may have, and how a browser gets them."""

import gzip

MAX_LIST, MAX_FIRST_VISIT = 8_000, 150_000  # compressed
MAX_SITE = 60_000  # as the browser reads it
