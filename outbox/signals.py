"""The signal by which the worker calls apps above the outbox. The outbox imports none of them."""

from django.dispatch import Signal

# Sent between two mails and after the last one, at most once a minute. It carries `transport`,
# through which a receiver may send at once, and `at`.
worker_looks_up = Signal()
