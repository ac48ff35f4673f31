"""Who is told what, and when: decided without Django."""
