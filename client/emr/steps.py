"""The frame of the tablet's screens: steps at the side, one scrolling column each."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QPushButton,
    QScrollArea,
    QScroller,
    QVBoxLayout,
    QWidget,
)


class Column(QScrollArea):
    """Cards under one another, scrolled by a flick."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(14, 12, 14, 16)
        self._column.setSpacing(12)
        self._column.addStretch(1)
        self.setWidget(inner)
        touch = QScroller.ScrollerGestureType.TouchGesture
        QScroller.grabGesture(self.viewport(), touch)

    def add(self, widget: QWidget) -> None:
        """Put a card at the end."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def put(self, at: int, widget: QWidget) -> None:
        """Put a card at a place counted from 0."""
        self._column.insertWidget(at, widget)


class StepBar(QFrame):
    """The steps of a record, each with a mark of how much is still due."""

    chosen = Signal(int)

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("steps")
        self.setProperty("role", "steps")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 12, 8, 12)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("步") * 9 + 16)
        column.setSpacing(6)
        self._titles = list(titles)
        self.buttons: list[QPushButton] = []
        for number, title in enumerate(titles):
            button = QPushButton(title)
            button.setObjectName(f"step_{number}")
            button.setProperty("role", "step_tab")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, number=number: self.chosen.emit(number))
            self.buttons.append(button)
            column.addWidget(button)
        column.addStretch(1)

    def show_step(self, number: int) -> None:
        """Mark the step that is shown."""
        self.buttons[number].setChecked(True)

    def show_due(self, number: int, due: int) -> None:
        """Show how much of a step is still due: a count, or a tick where nothing is."""
        button = self.buttons[number]
        if button.property("count") == due:
            return
        button.setProperty("count", due)
        button.setText(f"{self._titles[number]}　{due}" if due else f"{self._titles[number]}　✓")
        button.setToolTip(f"还有 {due} 项要填" if due else "已填好")
        button.setProperty("due", bool(due))
        button.style().unpolish(button)
        button.style().polish(button)
