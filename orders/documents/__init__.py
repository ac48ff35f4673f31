"""The documents that people attach to their orders."""
