"""Why something is done to the stock: one kept list for each kind, and words beside it."""

from resources import dictionaries
from server.core.errors import Invalid


def said(kind: str, code: str, note: str = "") -> str:
    """A reason in words: its label in the list of that kind, and what was written beside it."""
    label = dictionaries.codes(kind).get(code, code)
    return f"{label} {note}".strip()


def refuse_unknown(kind: str, code: str, path: str) -> None:
    """Raises Invalid unless the code is in the list of that kind."""
    codes = dictionaries.codes(kind)
    if code not in codes:
        raise Invalid.at(path, f"请选择原因：{'、'.join(codes.values())}")
