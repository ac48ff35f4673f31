"""The words of a file of orders in English and Spanish, as people write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

NAMES_OF_A_HEADER = 3  # columns that a row names, to be the header below a title

# By what we call it, what else people write for it. Accents, case and blanks don't matter.
COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "po_number": ("po", "po no", "purchase order", "purchase order number", "pedido",
                  "número de pedido", "orden de compra"),
    "kind": ("new or existing", "tipo"),
    "site_name": ("site", "sitio", "nombre del sitio"),
    "serial_number": ("serial", "serial no", "número de serie", "serie"),
    "part_number": ("part", "part no", "sku", "product", "número de parte", "producto"),
    "quantity": ("qty", "cantidad"),
    "action": ("acción",),
    "from_part_number": ("from part", "desde número de parte"),
    "lot_end": ("valid through", "válido hasta"),
    "start_date": ("start", "starts on", "inicio", "fecha de inicio"),
    "notify": ("email", "emails", "notificar", "correo"),
}  # fmt: skip
KINDS: Mapping[str, tuple[str, ...]] = {
    "new": ("new installation", "nueva", "nuevo", "nueva instalación", "instalación nueva"),
    "existing": ("existing installation", "existente", "instalación existente"),
}
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "add": ("addition", "add-on", "añadir", "agregar"),
    "upgrade": ("actualizar", "actualización", "mejora"),
    "renew": ("renewal", "renovar", "renovación"),
}


def column_of(title: str) -> str:
    """The column that a title names; of a title that names none of ours, its folded text."""
    folded = _fold(title)
    return _COLUMNS.get(folded, folded.replace(" ", "_"))


def names_columns(titles: Iterable[str]) -> bool:
    """Whether these are the names above a list of orders."""
    return sum(column_of(title) in COLUMN_NAMES for title in titles) >= NAMES_OF_A_HEADER


def kind_of(values: Mapping[str, str]) -> str:
    """new, existing, or whatever else stands there. A serial alone says that the site exists."""
    text = values.get("kind", "")
    if not text and values.get("serial_number"):
        return "existing"
    return _KINDS.get(_fold(text), text)


def action_of(text: str) -> str:
    return _ACTIONS.get(_fold(text), text)


def _fold(text: str) -> str:
    """Without case, accents, and what stands between words."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    return re.sub(r"[\s_.:#°-]+", " ", letters).strip()


_COLUMNS, _KINDS, _ACTIONS = (
    {_fold(each): name for name, others in words.items() for each in (name, *others)}
    for words in (COLUMN_NAMES, KINDS, ACTIONS)
)
