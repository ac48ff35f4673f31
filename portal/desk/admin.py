"""What the desk offers, each in a module of its own. Django imports this one to find them."""

from portal.desk import installations, mail, orders

__all__ = ["installations", "mail", "orders"]
