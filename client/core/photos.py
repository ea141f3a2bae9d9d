"""The pictures of the record a form shows: small ones in a strip, each large on request."""

from collections.abc import Callable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core import dates, entry, icons, keys, operations, pictures, style, verbs
from client.core.api import Api, ApiError
from client.core.background import background
from client.core.flow import FlowLayout
from client.core.page import Page
from client.core.pictures import Picture
from protos import facts
from protos.common import attachment_pb2 as pb
from protos.common.list_pb2 import IdRequest

_RPC = pb.DESCRIPTOR.services_by_name["AttachmentService"].methods_by_name
_SMALL = QSize(96, 72)  # px at 100 %


class PhotoStrip(QWidget):
    """Small pictures in a row, and buttons to add some; nothing where the record takes none."""

    def __init__(self, api: Api, page: Page, parent: QWidget) -> None:
        super().__init__(parent)
        self._api, self._page = api, page
        self._verbs = [page.method(name) for name in facts.of_service(page.service).photos]
        self._id = self._version = 0
        self.may_change = False  # whether pictures may be added and taken out now
        self._most = 0
        self._waiting: list[Picture] = []  # to be sent, one after the other
        self.rows: list[pb.Attachment] = []
        self.thumbs: list[QPushButton] = []
        self._build()
        self.hide()

    def _build(self) -> None:
        self._flow = FlowLayout()
        self.add_button = self._button("添加图片…", "从文件选择，可一次选几张", self.ask_files)
        self.paste_button = self._button("粘贴图片", keys.text("paste"), self.paste)
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        for widget in (QLabel("图片"), self.add_button, self.paste_button, self.note):
            self._flow.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 0)
        row.addLayout(self._flow, 1)
        keys.bind(self, "paste", self.paste)

    def _button(self, text: str, tip: str, slot: Any) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setToolTip(f"{text}（{tip}）")
        button.clicked.connect(lambda _: slot())
        return button

    # What it shows

    def show_record(self, record: Message) -> None:
        """Show the pictures of a record; a new one has none until it is saved."""
        if not self._verbs:
            return
        now = (int(getattr(record, "id", 0)), int(getattr(record, "version", 0)))
        self.may_change = bool(now[0]) and any(
            not verbs.refusal(self._api, verb, [record]) for verb in self._verbs
        )
        if now != (self._id, self._version):
            self._id, self._version = now
            self._show([])
            self.reload()
        self._show_state()

    def reload(self) -> None:
        """Ask what pictures there are."""
        if self._id:
            request = pb.AttachmentsRequest(service=self._page.service.full_name, id=self._id)
            self._api.call(_RPC["List"], request, self, self._listed, self._failed)

    def _listed(self, answer: pb.AttachmentsAnswer) -> None:
        self._most = answer.most
        self._show(answer.rows)
        self._show_state()

    def _failed(self, error: ApiError) -> None:
        self.note.setText(error.text)
        self.show()

    def _show(self, rows: Sequence[pb.Attachment]) -> None:
        known = {each.id: each for each in self.rows if each.content}
        self.rows = [known.get(each.id, each) for each in rows]
        for thumb in self.thumbs:
            self._flow.removeWidget(thumb)
            thumb.deleteLater()
        self.thumbs = [self._thumb(number) for number in range(len(self.rows))]
        for number, thumb in enumerate(self.thumbs):
            self._flow.insertWidget(1 + number, thumb)
            self._fetch(number)

    def _show_state(self) -> None:
        full = bool(self.rows) and len(self.rows) >= self._most
        for button in (self.add_button, self.paste_button):
            button.setVisible(self.may_change)
            button.setEnabled(not full)
        told = {not self._id: "保存后可以添加图片", full: f"最多 {len(self.rows)} 张，已满"}
        self.note.setText(told.get(True, ""))
        may = any(self._api.can(verb) for verb in self._verbs)
        self.setVisible(bool(self.rows) or self.may_change or (not self._id and may))

    def _thumb(self, number: int) -> QPushButton:
        row = self.rows[number]
        thumb = self._button("", "", lambda: self.look_at(number))
        thumb.setIconSize(_SMALL * (style.look().percent / 100))
        thumb.setIcon(icons.icon("image"))
        when = entry.clock_text(row.created_at.ToDatetime(UTC))
        told = f"{row.name}，{max(row.size // 1024, 1)} KB，{row.added_by} {when} 添加"
        thumb.setToolTip(
            told + ("（回车看大图，Del 移除）" if self.may_change else "（回车看大图）")
        )
        thumb.setAccessibleName(f"图片 {told}")
        keys.bind(thumb, "take_out", lambda: self.remove(number))
        return thumb

    def _fetch(self, number: int) -> None:
        row, thumb = self.rows[number], self.thumbs[number]

        def came(whole: pb.Attachment) -> None:
            row.content = whole.content
            image = pictures.shown(row.content, thumb.iconSize() * thumb.devicePixelRatioF())
            broken = icons.icon("warning", "bad")
            thumb.setIcon(broken if image.isNull() else QIcon(QPixmap.fromImage(image)))

        def failed(error: ApiError) -> None:
            thumb.setIcon(icons.icon("warning", "bad"))
            thumb.setToolTip(f"{row.name}：{error.text}")

        if row.content:
            came(row)
        else:
            self._api.call(_RPC["Get"], IdRequest(id=row.id), thumb, came, failed)

    def look_at(self, number: int) -> None:
        """Show a picture large."""
        dialog = PhotoDialog(self, number)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # Adding, taking out

    def ask_files(self) -> None:
        """Ask which files."""
        kinds = f"图片 ({pictures.ENDINGS})"
        names, _ = QFileDialog.getOpenFileNames(self, "选择图片", str(Path.home()), kinds)
        self.add_files([Path(name) for name in names])

    def add_files(self, paths: Sequence[Path]) -> None:
        """Add the pictures in files; those too large are made smaller aside."""
        if not paths or not self.may_change:
            return
        self._read(lambda: [pictures.of_file(path) for path in paths])

    def paste(self) -> None:
        """Add what the clipboard holds: copied picture files, or a picture."""
        if not self.may_change:
            return
        data = QGuiApplication.clipboard().mimeData()
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        image = QGuiApplication.clipboard().image()
        if files:
            self.add_files(files)
        elif image.isNull():
            self.note.setText("剪贴板里没有图片，请先截图或复制图片")
        else:
            name = f"粘贴的图片 {dates.now():%H%M%S}"
            self._read(lambda: [pictures.of_image(image, name)])

    def _read(self, read: Callable[[], list[Picture]]) -> None:
        self.note.setText("正在读取…")
        background().run(read, self, self._send, self._unreadable)

    def _unreadable(self, error: Exception) -> None:
        self.note.setText(str(error))

    def _send(self, found: list[Picture]) -> None:
        self._waiting = found
        self._next()

    def _next(self, _: object = None) -> None:
        if not self._waiting:
            self.reload()
            return
        picture = self._waiting.pop(0)
        request = pb.AddAttachmentRequest(
            service=self._page.service.full_name, id=self._id,
            name=picture.name, content=picture.content,
        )  # fmt: skip
        operations.run(self._api, self, _RPC["Add"], request, self._next, self._not_added)

    def _not_added(self, error: ApiError) -> None:
        self._waiting = []
        self.reload()
        operations.show_error(self, error, "没有添加图片")

    def remove(self, number: int) -> None:
        """Take a picture out, after a question."""
        if self.may_change:
            row = self.rows[number]
            request = IdRequest(id=row.id, version=row.version)
            done = lambda _: self.reload()  # noqa: E731 - too small for a name
            operations.run(self._api, self, _RPC["Remove"], request, done, subject=row.name)


class PhotoDialog(QDialog):
    """One picture as large as the window, and the ones beside it."""

    def __init__(self, strip: PhotoStrip, number: int) -> None:
        super().__init__(strip)
        self._strip, self.number = strip, number
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(320, 240)
        self.text = QLabel()
        bar = QHBoxLayout()
        bar.addWidget(self.text, 1)
        self.before = self._button(bar, "上一张", lambda: self.turn(-1))
        self.after = self._button(bar, "下一张", lambda: self.turn(1))
        if strip.may_change:
            self._button(bar, "移除", self._remove).setProperty("role", "danger")
        self._button(bar, "关闭", self.accept)
        column = QVBoxLayout(self)
        column.addWidget(self.picture, 1)
        column.addLayout(bar)
        self.resize(style.sized(self, 960, 720))
        self.turn(0)

    def _button(self, bar: QHBoxLayout, text: str, slot: Any) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda _: slot())
        bar.addWidget(button)
        return button

    def turn(self, by: int) -> None:
        """Go on by so many pictures."""
        rows = self._strip.rows
        self.number = min(max(self.number + by, 0), len(rows) - 1)
        row = rows[self.number]
        self.setWindowTitle(f"{row.name}（{self.number + 1}/{len(rows)}）")
        when = entry.clock_text(row.created_at.ToDatetime(UTC))
        self.text.setText(f"{row.added_by} {when} 添加")
        self.before.setEnabled(self.number > 0)
        self.after.setEnabled(self.number < len(rows) - 1)
        self._paint()

    def _paint(self) -> None:
        image = pictures.shown(self._strip.rows[self.number].content, self.picture.size())
        if image.isNull():
            self.picture.setText("图片还没有载入，或不能显示，请关闭后再打开")
        else:
            self.picture.setPixmap(QPixmap.fromImage(image))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint()

    def _remove(self) -> None:
        self.accept()
        self._strip.remove(self.number)
