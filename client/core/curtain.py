"""Hides what every window shows while the program is locked; nothing is closed or lost."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from client.core import icons


class Curtain(QObject):
    """Covers every top-level window, also one that opens while it is drawn, except the lock."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._covers: list[_Cover] = []
        self._except: QWidget | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether the windows are hidden."""
        return bool(self._covers)

    def draw(self) -> None:
        """Cover all windows now."""
        popup = QApplication.activePopupWidget()
        if popup:
            popup.close()
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                self._cover(window)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def spare(self, lock: QWidget) -> None:
        """Leave the lock itself uncovered."""
        self._except = lock

    def open(self) -> None:
        """Show everything again."""
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        for cover in self._covers:
            cover.leave()
        self._covers = []
        self._except = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self._cover(watched)
        return False

    def _cover(self, window: QWidget) -> None:
        spared = self._except
        if window is spared or (spared is not None and spared.isAncestorOf(window)):
            return
        if not any(cover.window() is window for cover in self._covers):
            self._covers.append(_Cover(window))


class _Cover(QWidget):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("cover")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAutoFillBackground(True)
        self._title = window.windowTitle()
        layout = QVBoxLayout(self)
        sign = QLabel(self)
        size = self.fontMetrics().height() * 3
        sign.setPixmap(icons.icon("lock").pixmap(size, size))
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignCenter)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def leave(self) -> None:
        self.window().removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        moved = event.type() in {QEvent.Type.Resize, QEvent.Type.ChildAdded}
        if moved and watched is self.window():
            self.setGeometry(self.window().rect())
            self.raise_()
        return False
