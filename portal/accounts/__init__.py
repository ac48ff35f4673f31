"""How people log in, and their accounts."""
