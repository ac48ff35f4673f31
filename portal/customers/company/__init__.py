"""Pages about a company and its members."""
