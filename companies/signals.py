"""Signals about accounts, for the apps above that follow them."""

from django.dispatch import Signal

# After the change, in its transaction: `user`, and `before`, the address until now.
address_changed = Signal()
