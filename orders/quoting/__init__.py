"""Finds the installation of a quoted serial number, and limits the number of wrong quotes."""
