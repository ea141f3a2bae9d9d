"""Tables from the clipboard, as WPS and Excel put them there."""

import csv
import io
from collections.abc import Sequence


def cells(text: str) -> list[list[str]]:
    """Rows of cells of a tab-separated text with quoted line breaks; a last empty line is none."""
    rows = list(csv.reader(io.StringIO(text.replace("\r\n", "\n"), newline=""), delimiter="\t"))
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows


def place(rows: Sequence[Sequence[str]], labels: Sequence[str], first: int) -> list[dict[int, str]]:
    """Which cell goes to which column: by the labels if the first row holds them, else from first.

    A row of labels must match in at least two columns, or in its only one, and is left out.
    """
    columns = _by_header(rows[0], labels) if rows else {}
    if columns:
        return [
            {columns[at]: cell for at, cell in enumerate(row) if at in columns} for row in rows[1:]
        ]
    return [
        {first + at: cell for at, cell in enumerate(row) if first + at < len(labels)}
        for row in rows
    ]


def _by_header(row: Sequence[str], labels: Sequence[str]) -> dict[int, int]:
    known = {label.rstrip(" *"): column for column, label in enumerate(labels)}
    found = {at: known[name] for at, cell in enumerate(row) if (name := _name(cell)) in known}
    return found if len(found) >= min(2, len(row)) else {}


def _name(cell: str) -> str:
    return cell.strip().rstrip("*").strip()
