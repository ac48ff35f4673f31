"""What the worker says to whoever is above the outbox, which knows nobody there."""

from django.dispatch import Signal

# Between two mails and after the last, at most once a minute; with `transport`, through which
# a receiver may send at once, and `at`.
worker_looks_up = Signal()
