"""Where the list of a page stands: the list, or a sentence why there is none."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget


class ListStack(QStackedWidget):
    """A list and, in its place, a notice; after a failure with a button to try again."""

    def __init__(self, listing: QWidget, again: Callable[[], object]) -> None:
        super().__init__()
        self.notice = QLabel()
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.notice.setWordWrap(True)
        self.notice.setProperty("role", "muted")
        self.retry = QPushButton("重试")
        self.retry.clicked.connect(again)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(self.notice)
        column.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self.addWidget(listing)
        self.addWidget(empty)

    def show_list(self) -> None:
        """Show the list."""
        self.setCurrentIndex(0)

    def tell(self, text: str, *, retry: bool = False) -> None:
        """Show a sentence in place of the list."""
        self.notice.setText(text)
        self.retry.setVisible(retry)
        self.setCurrentIndex(1)
