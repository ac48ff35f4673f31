"""Mail about terms that end and serial numbers to enter."""
