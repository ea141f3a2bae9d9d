"""The doctor's tablet: the crew's tasks, one record at a time, with or without a server."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from client.core import operations, preview
from client.core.api import Api
from client.core.background import background
from client.core.conflict import ConflictDialog, Side
from client.core.page import Page
from client.core.settings import Settings
from client.core.sheet import Sheet
from client.core.store import Store
from client.core.ukey import KeyWorker
from client.emr.copies import Copies, Copy
from client.emr.record import RecordScreen
from client.emr.shelf import Shelf
from client.emr.signature import sign_document, sign_pdf
from client.emr.stamps import moment
from client.emr.sync import RPC, Sync
from client.emr.tasks import TaskList
from protos.emr import case_record_pb2 as pb
from resources.emr.content import content
from resources.print.core.page import PrintMeta
from resources.print.core.template import template_of

SOON = 100  # ms


class Clash(NamedTuple):
    """One conflict of a record, as the dialog shows it."""

    key: str
    label: str
    base: str
    theirs: str
    mine: str


class TabletPage(QWidget):
    """Shows the tasks, or the record of one of them."""

    def __init__(
        self, page: Page, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        store: Store | None = settings.store
        assert store is not None, "the tablet needs its local store"
        self.setObjectName("tablet")
        self.title = page.title
        self._api, self._settings = api, settings
        self.copies = Copies(store)
        self.shelf = Shelf(api, store, self)
        self.sync = Sync(api, store, self.copies, self)
        self.record: RecordScreen | None = None
        self.tasks = TaskList(self.state_of)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.tasks)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self._connect()
        self._show_tasks()
        self.refresh()

    def _connect(self) -> None:
        self._api.changed.connect(self.note_changed)
        self.tasks.opened.connect(self.open_task)
        self.tasks.refresh.connect(self.refresh)
        self._soon = QTimer(self, singleShot=True, interval=SOON)  # many answers, one showing
        self._soon.timeout.connect(self._show_if_seen)
        self._api.session_changed.connect(self._session_changed)
        self.shelf.changed.connect(self._soon.start)
        self.shelf.failed.connect(lambda text: self.tasks.note.setText(f"　{text}"))
        self.sync.changed.connect(self._copy_changed)
        self.sync.clashed.connect(self._clashed)
        self.sync.refused.connect(self._refused)
        self._api.online.connect(lambda _: self._soon.start())

    # --- what a tab must offer

    def close_ok(self) -> bool:
        """Everything typed is kept, so it may always be closed."""
        if self.record is not None:
            self.record.keep()
        return True

    def is_dirty(self) -> bool:
        """Nothing typed here can be lost."""
        return False

    def note_changed(self, services: frozenset[str]) -> None:
        """Tasks, stock or records changed on the server."""
        names = {"dispatch.TaskService", "inventory.PersonalStockService", "inventory.IssueService"}
        if services & names:
            self.refresh()

    def refresh(self) -> None:
        """Ask the server for what is new, if there is one."""
        self.shelf.refresh()
        self.sync.fetch(task.id for task in self.shelf.tasks())

    def showEvent(self, event: QShowEvent) -> None:
        """What changed while nobody looked is shown now."""
        super().showEvent(event)
        self._soon.start()

    def _show_if_seen(self) -> None:
        if self.isVisible():
            self._show_tasks()

    def _session_changed(self, session: object) -> None:
        """Logged out: the store closes next, so what was typed is kept before."""
        if session is None and self.record is not None:
            self.record.flush()

    # --- tasks

    def open_task(self, code: str) -> None:
        """Open the record of a task, begun now if there is none."""
        task = self.shelf.task(code)
        copy = self.copies.of_task(code)
        if copy is None:
            if task is None:
                return
            copy = self.copies.begin(task)
        self._open(copy)

    def _open(self, copy: Copy) -> None:
        self._drop_record()
        self.record = RecordScreen(copy, self.copies, self.shelf, self._api, self._settings)
        self.record.left.connect(self.show_list)
        self.record.saved.connect(self.save)
        self.record.verb.connect(self._do)
        self.stack.addWidget(self.record)
        self.stack.setCurrentWidget(self.record)

    def show_list(self) -> None:
        """Back to the tasks; what was typed is sent when it can be."""
        if self.record is not None:
            self.save()
        self._drop_record()
        self._show_tasks()

    def _drop_record(self) -> None:
        if self.record is not None:
            self.record.keep()
            self.stack.removeWidget(self.record)
            self.record.deleteLater()
            self.record = None

    def state_of(self, code: str) -> str:
        """How far the record of a task is, for people."""
        copy = self.copies.of_task(code)
        return copy.status()[0] if copy is not None else "未填写病历"

    def _show_tasks(self) -> None:
        tasks = self.shelf.tasks()
        note = "已连接服务器" if self._api.is_online else "离线：内容保存在本机，联网后自动上传"
        self.tasks.show_tasks(tasks, note)
        self.sync.fetch(task.id for task in tasks)

    # --- writing

    def save(self) -> None:
        """Keep what was typed here and queue it for the server."""
        assert self.record is not None
        self.record.keep()
        copy = self.record.copy
        faults = self.sync.faults(copy) if copy.is_open else []
        if faults:
            self.record.kept.setText(f"已保存到本机；改正后才能上传：{faults[0].text}")
            return
        self.sync.save(copy)

    def _copy_changed(self, key: str) -> None:
        if self.record is not None and self.record.copy.key == key:
            self.record.show_copy()
        elif self.record is None:
            self._soon.start()

    def _refused(self, key: str, why: str) -> None:
        shown = self.record is not None and self.record.copy.key == key
        if shown and self.findChild(ConflictDialog) is None:  # its dialog says it already
            _tell(self, "服务器没有接收", why)

    # --- the summary's buttons

    def _do(self, name: str) -> None:
        verbs: dict[str, Callable[[Copy], None]] = {
            "sign": self._sign,
            "resolve": self._resolve,
            "print_case": lambda copy: self._preview(copy, "病历单"),
            "print_handover": lambda copy: self._preview(copy, "交接单"),
            "sign_pdf": self._sign_pdf,
        }
        assert self.record is not None
        self.record.keep()
        verbs[name](self.record.copy)

    def _keys(self) -> KeyWorker | None:
        if self._api.keys is None:
            _tell(self, "不能签名", "本机不能使用 UKEY，请换一台设备签名。")
        return self._api.keys

    def _sign(self, copy: Copy) -> None:
        """Sign the content here; it is submitted behind what is still to be uploaded."""
        keys = self._keys()
        if keys is None or self.record is None:
            return
        signed = pb.CaseRecord()
        signed.CopyFrom(copy.mine)
        acknowledged = list(self.record.summary.acknowledged)

        def done(signature: bytes) -> None:
            if content(copy.mine) != content(signed):  # an answer came in while the PIN was typed
                _tell(self, "没有签名", "病历在签名时有了变化，请核对后重新签名。")
                return
            self.sync.submit(copy, signature, acknowledged)

        sign_document(keys, content(signed), moment(), "签名提交病历", _name(copy), self, done)

    def _clashed(self, key: str) -> None:
        if self.record is not None and self.record.copy.key == key:
            self._resolve(self.record.copy)

    def _resolve(self, copy: Copy) -> None:
        """Let the doctor choose between both sides, then tell the server."""
        found = [
            Clash(str(each.id), each.label, each.base or "（空）", each.theirs or "（空）",
                  each.mine or "（空）")
            for each in copy.mine.conflicts
        ]  # fmt: skip
        if not found or self.findChild(ConflictDialog) is not None:
            return
        dialog = ConflictDialog(found, [], self)
        dialog.setObjectName("conflicts")

        def chosen() -> None:
            choices = [
                pb.ResolveRequest.Choice(conflict_id=int(id), mine=side is Side.MINE)
                for id, side in dialog.choices().items()
            ]
            request = pb.ResolveRequest(id=copy.base.id, version=copy.base.version, choices=choices)
            operations.run(
                self._api, self, RPC["Resolve"], request, lambda answer: self._take(copy, answer)
            )

        dialog.accepted.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self, copy: Copy, record: pb.CaseRecord) -> None:
        """An answer about the record; what was typed since the last read stays on top."""
        copy.sent = pb.CaseRecord()
        copy.sent.CopyFrom(copy.base)
        self.sync.take(copy, record)

    # --- printing

    def _preview(self, copy: Copy, what: str) -> None:
        preview.show_sheet(self._sheet(copy, what), self._api, self._settings, self)

    def _sheet(self, copy: Copy, what: str) -> Sheet:
        """A sheet of the record as it stands on this tablet; known to the log once it was sent."""
        from resources.print.emr import case_sheet, handover  # reportlab: slow to import

        draw = {"病历单": case_sheet.draw, "交接单": handover.draw}[what]
        record, template = pb.CaseRecord(), template_of(draw)
        record.CopyFrom(copy.mine)
        return Sheet(
            title=f"{what} {record.record_no}".strip(),
            form=template.partition(" ")[0],
            draw=partial(draw, record),
            service=RPC["Get"].containing_service.full_name if copy.base.id else "",
            record_id=copy.base.id,
            number=record.record_no[:40],
            template=template,
            offline=True,
        )

    def _draw(self, copy: Copy, what: str, at: datetime, done: Callable[[bytes], None]) -> None:
        record = pb.CaseRecord()
        record.CopyFrom(copy.mine)
        meta = PrintMeta(self._api.session.name if self._api.session else "", at)

        def draw() -> bytes:
            from resources.print.emr import case_sheet, handover  # reportlab: slow to import

            drawn: bytes = {"病历单": case_sheet, "交接单": handover}[what].draw(record, meta)
            return drawn

        def failed(error: Exception) -> None:
            _tell(self, "打印", f"打印内容没有生成：{error}")

        background().run(draw, self, done, failed)

    def _sign_pdf(self, copy: Copy) -> None:
        """Draw the case sheet, sign it at the key, show it and send it to the archive."""
        keys = self._keys()
        if keys is None:
            return
        at = moment()

        def drawn(pdf: bytes) -> None:
            sign_pdf(keys, pdf, at, "签名病历单", _name(copy), self, signed)

        def signed(pdf: bytes) -> None:
            self.signed_pdf = pdf
            request = pb.ArchivePdfRequest(id=copy.base.id, version=copy.base.version, pdf=pdf)
            request.printed_at.FromDatetime(at)
            operations.run(
                self._api, self, RPC["ArchivePdf"], request, lambda answer: archived(answer, pdf)
            )

        def archived(answer: pb.CaseRecord, pdf: bytes) -> None:
            self._take(copy, answer)
            title = f"病历单（已签名） {copy.mine.record_no}"
            preview.show_pdf(pdf, title, "emr.病历单", self._settings, self)

        self._draw(copy, "病历单", at, drawn)

    signed_pdf = b""  # the last one signed here


def _name(copy: Copy) -> str:
    return f"{copy.mine.name or '无名氏'}　{copy.mine.record_no or '任务 ' + copy.mine.serial_no}"


def _tell(parent: QWidget, title: str, text: str) -> None:
    box: Any = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=parent)
    box.addButton("知道了", QMessageBox.ButtonRole.AcceptRole)
    box.finished.connect(box.deleteLater)
    box.open()
