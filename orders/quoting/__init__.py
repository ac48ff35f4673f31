"""Which installation a quoted serial number identifies, and who may ask how often."""
