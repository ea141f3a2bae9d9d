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
from shiboken6 import isValid

from client.core import entered, keys, opinions, style, values
from client.core.api import Api
from client.core.banner import Banner
from client.core.body import Body
from client.core.drafts import Draft, Drafts, offer
from client.core.leaving import may_discard
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
        self.offer = Banner()
        self._drafts = Drafts(settings.store, _place(request, title), self)
        self._build(title, subject)
        self.body.load(self.request)
        self._clean: Any = self.collect()  # what the untouched editors give
        wide = self.fontMetrics().averageCharWidth() * (90 if lines else 56)
        self.resize(style.within_screen(self, wide, self._high(subject)))
        self.body.finished.connect(self.confirm.setFocus)
        self.body.changed.connect(self._drafts.touch)
        self._drafts.due.connect(self._keep_draft)
        keys.bind(self, "save", self.accept)
        self._offer_draft()
        self.body.begin()

    def _build(self, title: str, subject: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        if subject:
            column.addWidget(self._heading(subject))
        column.addWidget(self.offer)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.body)
        style.flick(area)
        column.addWidget(area, 1)
        if self.opinions is not None:
            self.opinions.setContentsMargins(16, 0, 16, 6)
            column.addWidget(self.opinions)
        column.addLayout(self._build_bar(title))

    def _build_bar(self, title: str) -> QHBoxLayout:
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
        return bar

    def _high(self, subject: str) -> int:
        """The height that shows everything at once."""
        high = self.body.sizeHint().height() + (140 if subject else 100)
        return high + (self.opinions.sizeHint().height() if self.opinions is not None else 0)

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

        objecting = facts.of_field(field).required
        return Opinions(_place(request, title), settings, take, self, objecting=objecting)

    def _count_opinion(self) -> None:
        field = opinions.field_of(values.descriptor(self.request))
        if self.opinions is not None and field is not None:
            self.opinions.used(getattr(self.request, field.name))

    def collect(self) -> Any:
        """The request with everything entered put in."""
        message = type(self.request)()
        message.CopyFrom(self.request)
        self.body.store(message)
        return message

    def is_dirty(self) -> bool:
        """Whether anything was entered."""
        return bool(self.collect() != self._clean) or self.body.has_unread()

    def accept(self) -> None:
        """Close if everything is right; the draft stays until the server did what is asked."""
        self.body.commit()
        self.body.store(self.request)
        found = self.body.faults(self.request)
        self.body.show_faults(found)
        if found:
            self.body.go_to(found[0].path)
            return
        self._count_opinion()
        self._keep_draft()
        super().accept()

    def reject(self) -> None:
        """Close, asking first if something typed would be lost."""
        self.body.commit()
        if self.is_dirty():
            if not may_discard(self, self.windowTitle()):
                return
            self._drafts.drop(_id_of(self.request))
        super().reject()

    # Drafts

    def _keep_draft(self) -> None:
        if self.is_dirty():
            unread = self.body.unread()
            self._drafts.keep(_id_of(self.request), self.collect(), self._clean, unread)

    def _offer_draft(self) -> None:
        draft = self._drafts.find(_id_of(self.request), self.request)
        if draft is not None:
            offer(self.offer, draft, lambda: self._restore(draft), self._drop_draft)

    def _restore(self, draft: Draft) -> None:
        self.offer.say("")
        self.body.load(draft.mine)
        self.body.show_unread(draft.unread)
        self._drafts.touch()
        self.body.begin()

    def _drop_draft(self) -> None:
        self._drafts.drop(_id_of(self.request))
        self.offer.say("")

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
    if not isValid(dialog):  # the user was logged out over it
        return None
    dialog.deleteLater()
    return dialog.request if accepted else None


def settled(settings: Settings, request: Message, title: str) -> None:
    """What was asked for is done: its draft is not needed any more."""
    Drafts(settings.store, _place(request, title)).drop(_id_of(request))


def _place(request: Message, title: str) -> str:
    return f"{values.descriptor(request).full_name}.{title}"


def _id_of(request: Message) -> int:
    return int(getattr(request, "id", 0) or 0)
