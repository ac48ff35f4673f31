"""Many purchase orders in one file: read, previewed, placed, with a result for each."""
