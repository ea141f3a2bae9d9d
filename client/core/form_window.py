"""The window of a form: heading, banners, body, history beside it, and the row of buttons."""

from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from client.core import (
    keys,
    letters,
    style,
)
from client.core.api import Api
from client.core.banner import Banner
from client.core.body import Body, BodyArea
from client.core.flow import FlowLayout
from client.core.history import HistoryPanel
from client.core.letters import VerbButton
from client.core.page import Page
from client.core.photos import PhotoStrip
from client.core.settings import Settings
from protos import facts

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FormWindow(QDialog):
    """Header rows and line grids of one record, what is said of it, and its buttons."""

    def __init__(self, page: Page, api: Api, settings: Settings, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.page, self._api, self._settings = page, api, settings
        self._kind = GetMessageClass(page.record)
        self.record: Any = self._kind()  # as last loaded
        self.letters = letters.of_page(page)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)

    # What it looks like

    def _build(self) -> None:
        page = self.page
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.state = QLabel()
        self.reason = Banner()
        self.offer = Banner()
        self.company = Banner()
        self.problems = Banner()
        self.body = Body(
            page.record, page.form, page.lines, page.widgets, self._api, self._settings, self
        )
        area = BodyArea(self.body)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.setContentsMargins(16, 10, 16, 2)
        head.addWidget(self.title)
        head.addWidget(self.state)
        head.addStretch(1)
        self.history = HistoryPanel(self._api, page.service.full_name, self)
        self.history.hide()
        self.photos = PhotoStrip(self._api, page, self)
        self._halves = QSplitter()
        self._halves.addWidget(area)
        self._halves.addWidget(self.history)
        self._halves.setStretchFactor(0, 1)
        self._halves.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        for banner in (self.reason, self.company, self.offer, self.problems):
            column.addWidget(banner)
        column.addWidget(self._halves, 1)
        column.addWidget(self.photos)
        column.addLayout(self._build_bar())
        self.resize(self._wanted())
        style.look().changed.connect(self._grow)
        # After the event that folded it: a window is not resized while it is being resized.
        self.body.folded.connect(lambda: QTimer.singleShot(0, self, self._grow))

    def _grow(self) -> None:
        """Take the room larger letters need."""
        self.resize(self.size().expandedTo(self._wanted()))

    def _wanted(self) -> QSize:
        """The size that shows everything, as far as the screen has room."""
        page, wide = self.page, self.fontMetrics().averageCharWidth()
        most = max((len(row) for row in page.form), default=1)
        around = (220 if page.lines else 160) * style.look().percent // 100
        height = self.body.sizeHint().height() + around
        width = max(wide * (110 if page.lines else 40 + 34 * most), 560)
        return style.within_screen(self, width, height)

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.setContentsMargins(16, 8, 16, 12)
        self.save_button = self._button("保存", "save", "primary")
        self.new_button = self._button("保存并新增", "save_new")
        self.verb_buttons = {name: self._verb_button(name) for name in self.page.actions}
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.verbs = FlowLayout()  # many verbs in large letters take two rows
        for widget in (self.save_button, self.new_button, *self.verb_buttons.values(), self.note):
            self.verbs.addWidget(widget)
        bar.addLayout(self.verbs, 1)
        top = Qt.AlignmentFlag.AlignTop
        if self.page.print_form is not None:
            self.preview_button = self._button("预览", "preview")
            self.print_button = self._button("打印", "print")
            bar.addWidget(self.preview_button, 0, top)
            bar.addWidget(self.print_button, 0, top)
        self.history_button = self._button("历史", "history")
        self.history_button.setCheckable(True)
        bar.addWidget(self.history_button, 0, top)
        self.close_button = self._button("关闭", "close")
        bar.addWidget(self.close_button, 0, top)
        return bar

    def _button(self, text: str, key: str, role: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setToolTip(f"{text}（{keys.text(key)}）")
        button.setProperty("role", role)
        return button

    def _verb_button(self, name: str) -> QPushButton:
        terms = facts.of_rpc(self.page.method(name))
        label = terms.label or name
        button = VerbButton(label, self.letters.of(name, label))
        button.setProperty("role", "danger" if terms.danger else None)
        return button

    def toggle_history(self) -> None:
        """Show or hide who changed what, beside the form."""
        on = self.is_stored and self.history.isHidden()
        self.history_button.setChecked(on)
        mine, room = self._halves.sizes()[0], self.history.sizeHint().width()
        if not self.isMaximized() and on == self.history.isHidden():
            self.resize(self.width() + (room if on else -self.history.width()), self.height())
        self.history.setVisible(on)
        if on:
            # After the dialog has grown, so that the form keeps its width.
            QTimer.singleShot(0, self, lambda: self._halves.setSizes([mine, room]))
            self.history.show_record(id_of(self.record))

    @property
    def is_stored(self) -> bool:
        """Whether the record is one the server knows."""
        return bool(id_of(self.record))


def id_of(record: Message) -> int:
    """The id of a record; 0 while the server does not know it."""
    return int(getattr(record, "id", 0) or 0)
