"""Pages for people who are not logged in."""
