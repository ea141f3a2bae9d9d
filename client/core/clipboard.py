"""A table for the clipboard."""

import html

from PySide6.QtCore import QMimeData


def table_mime(head: list[str], body: list[list[str]], numeric: list[bool]) -> QMimeData:
    """A table for the clipboard: tab-separated, and HTML in which numbers are numbers."""
    rows = [head, *body] if head else body
    mime = QMimeData()
    mime.setText("\n".join("\t".join(_tsv(cell) for cell in row) for row in rows))
    lines = ["<tr>" + "".join(f"<th>{html.escape(c)}</th>" for c in head) + "</tr>"] if head else []
    for row in body:
        cells = "".join(
            _cell(cell, is_number) for cell, is_number in zip(row, numeric, strict=True)
        )
        lines.append(f"<tr>{cells}</tr>")
    mime.setHtml(f"<table>{''.join(lines)}</table>")
    return mime


def _cell(text: str, is_number: bool) -> str:
    # Excel and WPS keep digits such as a card number whole only when told that it is text.
    if is_number:
        return f"<td>{html.escape(text.replace(',', ''))}</td>"
    return f"<td style=\"mso-number-format:'\\@'\">{html.escape(text)}</td>"


def _tsv(text: str) -> str:
    if any(mark in text for mark in '\t\n"'):
        return '"' + text.replace('"', '""') + '"'
    return text
