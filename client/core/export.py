"""Export of every row a query has, to xlsx or csv: written beside, proved, then put in place."""

import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core import dates, values
from client.core.api import ApiError
from client.core.background import background
from client.core.dialog import GrowingDialog
from client.core.table import MOST, Fetch, info_of
from client.core.writers import ExportError, Mark, Writer, cell, disk_text, writer
from crypto import sm3
from protos.common import export_pb2, list_pb2

if TYPE_CHECKING:
    from client.core.view import PageView

Register = Callable[[int, str, Callable[[], None], Callable[[ApiError], None]], None]
"""Tell the server of (rows, SM3 of the file in hex); then one of the two is called."""

_REGISTER = export_pb2.DESCRIPTOR.services_by_name["ExportService"].methods_by_name["Register"]


class Export(QObject):
    """All rows of a query on their way into a file.

    `progress` tells rows written and rows there are.  Exactly one of `finished` (the path) and
    `failed` (a Chinese text) comes at last, or neither after `cancel`; then no file was touched.
    """

    progress = Signal(int, int)
    finished = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        path: Path,
        title: str,
        fields: Sequence[FieldDescriptor],
        names: values.Naming,
        fetch: Fetch,
        request: list_pb2.ListRequest,
        register: Register,
        mark: Mark,
        notes: Sequence[tuple[str, str]] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._register, self._mark = register, mark
        self._path, self._title, self._fields = path, title, list(fields)
        self._names, self._fetch, self._notes = names, fetch, list(notes)
        self._request = list_pb2.ListRequest()
        self._request.CopyFrom(request)
        self._written = self._count = 0
        self._totals: dict[str, int] = {}
        self._sums: dict[str, int] = {}
        self._writer: Writer | None = None
        self._partial: Path | None = None
        self._stop: Callable[[], None] | None = None
        self._over = False

    def start(self) -> None:
        """Make the file beside its place and ask for the first page."""
        background().run(self._create, self, lambda _: self._ask(b""), self._fault)

    def cancel(self) -> None:
        """Stop; nothing is left behind."""
        if not self._over:
            self._over = True
            if self._stop is not None:
                self._stop()
            background().run(self._clean, background(), lambda _: None, lambda _: None)

    def _create(self) -> None:
        handle, name = tempfile.mkstemp(
            prefix=".导出-", suffix=self._path.suffix, dir=self._path.parent
        )
        os.close(handle)
        self._partial = Path(name)
        self._writer = writer(self._partial, self._title, self._fields, self._mark)

    def _ask(self, cursor: bytes) -> None:
        if self._over:
            background().run(self._clean, background(), lambda _: None, lambda _: None)
            return
        self._request.cursor, self._request.limit = cursor, MOST
        self._request.totals = not cursor
        self._stop = self._fetch(self._request, self._arrived, self._refused)

    def _arrived(self, answer: Any) -> None:
        info = info_of(answer)
        if self._request.totals:
            self._count, self._totals = info.count, dict(info.totals)
            self._sums = dict.fromkeys(self._totals, 0)
        rows, cursor = list(answer.rows), info.next
        background().run(
            lambda: self._write(rows), self, lambda _: self._wrote(cursor), self._fault
        )

    def _write(self, rows: list[Any]) -> None:
        assert self._writer is not None
        self._writer.add([[cell(r, f, self._names) for f in self._fields] for r in rows])
        for name in self._sums:
            self._sums[name] += sum(getattr(record, name) for record in rows)
        self._written += len(rows)

    def _wrote(self, cursor: bytes) -> None:
        self.progress.emit(self._written, self._count)
        if cursor:
            self._ask(cursor)
        elif not self._over:
            background().run(self._complete, self, self._completed, self._fault)

    def _complete(self) -> str:
        """Prove count and totals and finish the file; the SM3 of its content in hex."""
        if self._written != self._count:
            raise ExportError(
                f"查询共 {self._count} 条，写出 {self._written} 条："
                "导出期间数据有变化，请再导出一次"
            )
        if self._sums != self._totals:
            raise ExportError("合计与查询结果不符：导出期间数据有变化，请再导出一次")
        assert self._writer is not None
        assert self._partial is not None
        self._writer.close([*self._notes, ("条数", f"{self._count}"), *self._total_notes()])
        return sm3.digest(self._partial.read_bytes()).hex()

    def _completed(self, digest: str) -> None:
        """Let the server log it; only then is there a file."""
        if not self._over:
            self._register(self._count, digest, self._registered, self._not_registered)

    def _registered(self) -> None:
        if not self._over:
            background().run(self._place, self, lambda _: self._ready(), self._fault)

    def _not_registered(self, error: ApiError) -> None:
        self._give_up(f"导出要先登记，没有登记成功，文件没有写出：{error.text}")

    def _place(self) -> None:
        """Put the file in its place at once."""
        assert self._partial is not None
        if self._over:
            raise ExportError("已取消")
        os.chmod(self._partial, 0o644)
        os.replace(self._partial, self._path)

    def _total_notes(self) -> list[tuple[str, str]]:
        return [
            (values.total_label(f), values.number(f, self._sums[f.name]))
            for f in self._fields
            if f.name in self._sums
        ]

    def _ready(self) -> None:
        self._over = True
        self.finished.emit(self._path)

    def _refused(self, error: ApiError) -> None:
        self._give_up(error.text)

    def _fault(self, error: Exception) -> None:
        if isinstance(error, OSError):
            self._give_up(disk_text(error, self._path))
        elif isinstance(error, ExportError):
            self._give_up(str(error))
        else:
            self._give_up("导出出错，没有写出文件，请联系管理员")
            raise error

    def _give_up(self, text: str) -> None:
        background().run(self._clean, self, lambda _: self._told(text), lambda _: self._told(text))

    def _told(self, text: str) -> None:
        if not self._over:
            self._over = True
            self.failed.emit(text)

    def _clean(self) -> None:
        try:
            if self._writer is not None:
                self._writer.abandon()
        finally:
            if self._partial is not None:
                self._partial.unlink(missing_ok=True)


class ExportDialog(GrowingDialog):
    """Progress of an export with cancel, and its result."""

    def __init__(self, job: Export, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("导出")
        self.setMinimumWidth(self.fontMetrics().height() * 22)
        self.job, self.path = job, path
        job.setParent(self)
        self.text = QLabel("正在准备…")
        self.text.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.folder = QPushButton("打开所在文件夹")
        self.folder.hide()
        self.folder.clicked.connect(self._open_folder)
        self.stop = QPushButton("取消")
        self.stop.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.folder, self.stop):
            button.setAutoDefault(False)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        column.addLayout(row)
        job.progress.connect(self._progress)
        job.finished.connect(self._finished)
        job.failed.connect(self._failed)
        job.start()

    def _progress(self, written: int, count: int) -> None:
        self.bar.setRange(0, max(count, 1))
        self.bar.setValue(written)
        self.text.setText(f"已写出 {written:,} / {count:,} 条")

    def _finished(self, path: Path) -> None:
        self.bar.setRange(0, 1)
        self.bar.setValue(1)
        self.text.setText(f"导出完成，条数与合计核对无误：\n{path}")
        self.folder.show()
        self.stop.setText("关闭")

    def _failed(self, text: str) -> None:
        self.bar.hide()
        self.text.setText(text)
        self.stop.setText("关闭")

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.path.parent)))

    def reject(self) -> None:
        """Close; a job under way is cancelled and leaves nothing."""
        self.job.cancel()
        super().reject()


def ask(view: "PageView") -> None:
    """Ask where to, then export."""
    day = dates.today().strftime("%Y%m%d")
    name, _ = QFileDialog.getSaveFileName(
        view,
        "导出",
        str(Path.home() / f"{view.page.title}{day}.xlsx"),
        "Excel (*.xlsx);;CSV (*.csv)",
    )
    if name:
        path = Path(name)
        start(view, path if path.suffix.lower() in (".xlsx", ".csv") else Path(f"{path}.xlsx"))


def start(view: "PageView", path: Path) -> ExportDialog:
    """Export what the view's query has, in the columns shown, to path; a csv is named by its mark.

    The server logs it before the file is there.
    """
    fields = [view.model.fields[column] for column in view.table.columns.visible()]
    mark = Mark.of(view.api.session, dates.now())
    is_csv = path.suffix.lower() == ".csv"
    path = mark.put_into(path) if is_csv else path
    notes = [
        ("名称", view.page.title),
        ("查询条件", view.filters.describe() or "全部"),
        ("导出时间", mark.at),
        ("导出人", mark.by),
        ("导出编号", mark.number),
    ]
    kind = export_pb2.ExportRequest.CSV if is_csv else export_pb2.ExportRequest.XLSX
    register = partial(log, view, view.model.request, mark, kind)
    job = Export(
        *(path, view.page.title, fields, view.api.names, view.fetch, view.model.request),
        *(register, mark, notes),
    )
    dialog = ExportDialog(job, path, view)
    dialog.open()
    return dialog


def log(
    view: "PageView",
    asked: list_pb2.ListRequest,
    mark: Mark,
    kind: int,
    rows: int,
    digest: str,
    done: Callable[[], None],
    failed: Callable[[ApiError], None],
) -> None:
    """Tell the server that so many rows of a list leave it."""
    request = export_pb2.ExportRequest(
        service=view.page.service.full_name,
        page=view.page.title,
        rows=rows,
        format=kind,  # type: ignore[arg-type]
        mark=mark.number,
        digest=digest,
    )
    request.asked.filters.extend(asked.filters)
    request.asked.text, request.asked.waiting = asked.text, asked.waiting
    view.api.call(_REGISTER, request, view, lambda _: done(), failed)
