"""Reads a file as a table of texts: CSV, XLSX, and their columns."""
