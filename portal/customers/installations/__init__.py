"""Pages about sites."""
