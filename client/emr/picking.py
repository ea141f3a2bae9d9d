"""A full page to pick one of many by a tap: drugs, consumables, measures, diagnoses."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScroller,
    QVBoxLayout,
    QWidget,
)

from client.core.pinyin import matches

_KEY = Qt.ItemDataRole.UserRole


class Choice(NamedTuple):
    """One thing to pick."""

    key: Any
    text: str
    detail: str = ""


class PickPage(QDialog):
    """Every choice as a tall row; typing initials or text narrows them, a tap picks."""

    chosen = Signal(object)  # the key

    def __init__(self, title: str, choices: Sequence[Choice], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pick_page")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(parent.window().size() * 0.8)
        self._choices = choices
        self.search = QLineEdit()
        self.search.setObjectName("pick_search")
        self.search.setPlaceholderText("输入拼音首字母或文字查找")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.list = QListWidget()
        self.list.setObjectName("pick_list")
        self.list.setAlternatingRowColors(True)
        QScroller.grabGesture(self.list.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        self.list.itemClicked.connect(self._tapped)
        self.search.returnPressed.connect(self._first)
        back = QPushButton("返回")
        back.setAutoDefault(False)
        back.clicked.connect(self.reject)
        head = QHBoxLayout()
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        head.addWidget(heading)
        head.addStretch(1)
        head.addWidget(back)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self._narrow("")

    def pick(self, key: Any) -> None:
        """Pick a key, as a tap on its row does."""
        self.chosen.emit(key)
        self.accept()

    def _narrow(self, typed: str) -> None:
        self.list.clear()
        for choice in self._choices:
            if typed and not matches(choice.text, typed.strip()):
                continue
            text = f"{choice.text}\n{choice.detail}" if choice.detail else choice.text
            item = QListWidgetItem(text)
            item.setData(_KEY, choice.key)
            self.list.addItem(item)

    def _tapped(self, item: QListWidgetItem) -> None:
        self.pick(item.data(_KEY))

    def _first(self) -> None:
        if self.list.count():
            self._tapped(self.list.item(0))


def pick(title: str, choices: Sequence[Choice], parent: QWidget) -> PickPage:
    """Open the page; its `chosen` tells the key."""
    page = PickPage(title, choices, parent)
    page.open()
    return page
