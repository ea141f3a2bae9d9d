"""The small dialog in which a verb asks for its request."""

from typing import Any

from google.protobuf.message import Message
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from client.core import entered, keys, opinions, style, values
from client.core.api import Api
from client.core.body import Body
from client.core.opinions import Opinions
from client.core.settings import Settings
from protos import facts

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AskDialog(QDialog):
    """Asks the labelled fields of a request, checked by its contract."""

    def __init__(
        self,
        request: Message,
        title: str,
        api: Api,
        settings: Settings,
        parent: QWidget,
        subject: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.request: Any = type(request)()
        self.request.CopyFrom(request)
        rows, lines = entered.asked(request)
        self.body = Body(values.descriptor(request), rows, lines, {}, api, settings, self)
        self.opinions = self._opinions(request, title, settings)
        self.confirm = QPushButton(title)
        self.confirm.setProperty("role", "primary")
        self.confirm.clicked.connect(self.accept)
        cancel = QPushButton("取消")
        cancel.clicked.connect(self.reject)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 4, 16, 12)
        bar.addStretch(1)
        for button in (self.confirm, cancel):
            button.setAutoDefault(False)
            bar.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        if subject:
            column.addWidget(self._heading(subject))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.body)
        style.flick(area)
        column.addWidget(area, 1)
        high = self.body.sizeHint().height() + (140 if subject else 100)
        if self.opinions is not None:
            self.opinions.setContentsMargins(16, 0, 16, 6)
            column.addWidget(self.opinions)
            high += self.opinions.sizeHint().height()
        column.addLayout(bar)
        self.body.load(self.request)
        wide = self.fontMetrics().averageCharWidth() * (90 if lines else 56)
        self.resize(style.within_screen(self, wide, high))
        self.body.finished.connect(self.confirm.setFocus)
        keys.bind(self, "save", self.accept)
        self.body.begin()

    def _heading(self, subject: str) -> QLabel:
        heading = QLabel(subject)
        heading.setObjectName("subject")
        heading.setProperty("role", "heading")
        heading.setWordWrap(True)
        heading.setContentsMargins(16, 4, 16, 0)
        return heading

    def _opinions(self, request: Message, title: str, settings: Settings) -> Opinions | None:
        field = opinions.field_of(values.descriptor(request))
        if field is None or field.name not in self.body.boxes:
            return None
        editor = self.body.boxes[field.name].editor
        assert editor is not None

        def take(text: str) -> None:
            editor.set_value(text)
            editor.changed.emit()
            self.confirm.setFocus()

        verb = f"{values.descriptor(request).full_name}.{title}"
        return Opinions(verb, settings, take, self, objecting=facts.of_field(field).required)

    def _count_opinion(self) -> None:
        field = opinions.field_of(values.descriptor(self.request))
        if self.opinions is not None and field is not None:
            self.opinions.used(getattr(self.request, field.name))

    def accept(self) -> None:
        """Close if everything is right."""
        self.body.commit()
        self.body.store(self.request)
        found = self.body.faults(self.request)
        self.body.show_faults(found)
        if found:
            self.body.go_to(found[0].path)
            return
        self._count_opinion()
        super().accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, and nothing else."""
        focus = self.focusWidget()
        if event.key() in ENTER:
            if isinstance(focus, QPushButton):
                focus.click()
            return
        super().keyPressEvent(event)


def ask(
    parent: QWidget,
    api: Api,
    message: type[Message] | Message,
    title: str,
    settings: Settings | None = None,
    subject: str = "",
) -> Message | None:
    """Let the user fill a verb's request; None if cancelled."""
    request = message() if isinstance(message, type) else message
    dialog = AskDialog(request, title, api, settings or Settings(""), parent, subject)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return dialog.request if accepted else None
