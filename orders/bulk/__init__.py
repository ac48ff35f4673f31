"""Many purchase orders in one file: read, previewed, placed, and what became of each."""
