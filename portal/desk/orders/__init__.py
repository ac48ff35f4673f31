"""Orders at the sales desk."""
