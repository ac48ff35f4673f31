"""Log-in and the accounts of users."""
