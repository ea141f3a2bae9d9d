"""The row of buttons a dialog ends with: the one that does it, and the one that does not."""

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget


def answers(dialog: QDialog, yes: str, no: str) -> QWidget:
    """Buttons that accept and reject the dialog."""
    row = QWidget()
    bar = QHBoxLayout(row)
    bar.setContentsMargins(0, 4, 0, 0)
    bar.addStretch(1)
    for text, role, slot in ((yes, "primary", dialog.accept), (no, "", dialog.reject)):
        button = QPushButton(text)
        button.setProperty("role", role)
        button.setDefault(role == "primary")
        button.clicked.connect(lambda _=False, slot=slot: slot())
        bar.addWidget(button)
    return row
