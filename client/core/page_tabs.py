"""The tabs of the main window, and what the window asks of the pages in them."""

from typing import Protocol, cast, runtime_checkable

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from client.core import icons, keys


@runtime_checkable
class Tab(Protocol):
    """What the window asks of a page's widget beyond being a widget."""

    def close_ok(self) -> bool:
        """Whether it may be closed; asks the user when something would be lost."""


@runtime_checkable
class RecordPage(Protocol):
    """A page whose records open in a form."""

    opened: SignalInstance  # the form
    elsewhere: SignalInstance  # an RPC of another page, and the record it is about

    def open_id(self, id: int) -> None:
        """Open the record of that id."""

    def show_waiting(self) -> None:
        """List what waits for the user's decision."""

    def new_about(self, record: Message, service: ServiceDescriptor) -> None:
        """Open the form for a new record about one of another service."""


@runtime_checkable
class ScanPage(Protocol):
    """A page that finds records by scanned codes."""

    def scan(self, code: str) -> None:
        """List what the code stands for, or say that it stands for nothing here."""

    def claims_scan(self, field: QWidget) -> bool:
        """Whether a scan with the cursor in this text field is for `scan` all the same."""


class PageTabs(QTabWidget):
    """Pages side by side, movable and closable, after the one that stays."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setMovable(True)
        self.setTabsClosable(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)  # many tabs scroll
        self.tabBar().setExpanding(False)

    def add_fixed(self, view: QWidget, icon: QIcon, title: str) -> None:
        """Add a page that is never closed."""
        at = self.addTab(view, icon, title)
        self.tabBar().setTabButton(at, QTabBar.ButtonPosition.RightSide, cast(QWidget, None))

    def add(self, view: QWidget, icon: QIcon, title: str, tip: str = "") -> None:
        """Add a page with its button to close it."""
        at = self.addTab(view, icon, title)
        self.setTabToolTip(at, tip)
        button = QToolButton(self)
        button.setIcon(icons.icon("x"))
        button.setToolTip(f"关闭（{keys.text('close_tab')}）")
        button.setAccessibleName("关闭标签页")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda _: self.tabCloseRequested.emit(self.indexOf(view)))
        self.tabBar().setTabButton(at, QTabBar.ButtonPosition.RightSide, button)

    def show_next(self) -> None:
        """Show the tab after the one shown; after the last the first."""
        self.setCurrentIndex((self.currentIndex() + 1) % self.count())
