"""When two PO numbers are the same: one purchase order, however somebody typed its number.

| typed | key |
|---|---|
| `PO-7001-A`, `PO–7001–A`, `po 7001-a`, `P.O. 7001 - A`, `#7001-A`, `OC: 7001-A` | `7001-a` |
| `4500 123 456`, `4500123456` | `4500123456` |
| `Pedido 7`, `PEDIDO 7`, `Pedido7` | `pedido7` |
| `7001-A` and `7001A` | two: a dash says something |
| `café-1` and `CAFÉ-1` | one, composed or not; `cafe-1` is another |
| `PO-A`, `POST-1`, `#A` | as they are: the lead goes before a digit only |

Blanks go altogether, since people put them into a long number to read it. To be asked once too
often about an order is cheap; an order placed twice is not.
"""

import re

from texts.characters import is_blank, is_dash, put_together, without_case

MAX_PO_NUMBER = 40  # characters

# PO or OC, but not the beginning of a word
_LABEL = re.compile(r"(?:p\.?o|o\.?c)(?!\.?[^\W\d_])")
_LEAD = re.compile(r"^(?:(?:p\.?o\.?|o\.?c\.?|#)[-:]*)+(?=\d)")
_DASHES = re.compile("-{2,}")  # a word processor makes one long dash of two short ones


def same_key(text: str) -> str:
    """The key that all spellings of a PO number share; empty only for an empty text."""
    readable = (one for one in without_case(text) if not is_blank(one))
    key = put_together("".join("-" if is_dash(one) else one for one in readable))
    return _LEAD.sub("", _DASHES.sub("-", key)) or text


def has_label(text: str) -> bool:
    """Whether a number says by itself that it is one, in a language of ours: `PO-9001`, `O.C. 7`.

    Then no label goes before it. `POST-1`, `#7` and `9001` have none.
    """
    return _LABEL.match(without_case(text)) is not None
