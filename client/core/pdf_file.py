"""A PDF saved to a file: where it goes, and whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QWidget

from client.core import dates
from client.core.background import background
from client.core.settings import write_atomically
from client.core.writers import disk_text


def save_pdf(owner: QWidget, pdf: bytes, path: Path, tell: Callable[[str, str], None]) -> None:
    """Write a PDF in the background; tell is given a text and its tone."""

    def failed(error: Exception) -> None:
        if not isinstance(error, OSError):
            raise error
        tell(disk_text(error, path), "bad")

    background().run(
        lambda: write_atomically(path, pdf, 0o644),
        owner,
        lambda _: tell(f"已存为 {path}", "good"),
        failed,
    )


def default_path(title: str) -> Path:
    """Where a PDF goes if nobody says otherwise: the documents folder."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    stamp = dates.now().strftime("%Y%m%d%H%M%S")
    return Path(folder) / f"{title.replace('/', '-')}-{stamp}.pdf"
