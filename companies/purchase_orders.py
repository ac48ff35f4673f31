"""How a purchase order is named to people: by its number, with its label once."""

from django.utils.translation import gettext as _

from texts.po_numbers import has_label


def po_label(po_number: str) -> str:
    """“PO 9001”, but “PO-9001” as it is. Texts that name a purchase order get it from here."""
    return po_number if has_label(po_number) else _("PO %(po)s") % {"po": po_number}
