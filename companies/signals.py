"""What happens to accounts, for the apps above that follow it."""

from django.dispatch import Signal

# After the change, in its transaction: `user`, and `before`, the address until now.
address_changed = Signal()
