"""Pages to order, and about orders."""
