"""Export of every row a query has, to xlsx or csv: written beside, proved, then put in place."""

import csv
import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

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

from client.core import dates, entry, values
from client.core.api import ApiError
from client.core.background import background
from client.core.dialog import GrowingDialog
from client.core.table import MOST, Fetch, info_of
from protos import facts
from protos.common import list_pb2
from protos.facts import Kind

if TYPE_CHECKING:
    from client.core.view import PageView

SHEET_ROWS = 1_048_575  # below the heading, in one sheet
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIGURE = re.compile(r"-?[\d,]+(\.\d+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class ExportError(Exception):
    """The file was not written; the text says why and what to do."""


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, without control characters."""
    text = _CONTROL.sub("", text)
    return "'" + text if text.startswith(_FORMULA) else text


def cell(record: Any, field: FieldDescriptor, names: values.Naming) -> Any:
    """A cell's value: numbers as Decimal or float, everything else the text of the screen."""
    if values.is_number(field):
        value = values.read(record, field)
        if value is None:
            return None if field.has_presence else Decimal(0)
        scale = facts.of_field(field).scale
        exact = facts.kind(field) is Kind.INTEGER
        return Decimal(value).scaleb(-scale) if exact else value
    return harmless(values.shown(record, field, names))


class Writer(Protocol):
    """A file being written; used from one thread at a time."""

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows."""

    def close(self, notes: Sequence[tuple[str, str]]) -> None:
        """Finish the file, with notes on the query where the format has room."""

    def abandon(self) -> None:
        """Let go of the file."""


class CsvWriter:
    """UTF-8 with the mark that Excel and WPS need to know it."""

    def __init__(self, path: Path, fields: Sequence[FieldDescriptor]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerow([facts.label(field) for field in fields])
        self._scales = [facts.of_field(field).scale for field in fields]

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows."""
        for row in rows:
            self._csv.writerow([_plain(value) for value in row])

    def close(self, notes: Sequence[tuple[str, str]]) -> None:
        """Bring everything to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close without caring for what is lost."""
        with suppress(OSError):  # the disk is full: the file is given up anyway
            self._file.close()


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


class XlsxWriter:
    """One sheet of rows and one of notes; rows leave the memory as they are written."""

    def __init__(self, path: Path, fields: Sequence[FieldDescriptor], title: str) -> None:
        from openpyxl import Workbook  # slow to import: not before somebody exports
        from openpyxl.cell import WriteOnlyCell

        self._path, self._cell_of = path, WriteOnlyCell
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
        self._sheet.freeze_panes = "A2"
        for place, field in enumerate(fields):
            wide = 14 if values.is_number(field) else 20
            self._sheet.column_dimensions[chr(65 + place) if place < 26 else "Z"].width = wide
        self._sheet.append([facts.label(field) for field in fields])
        self._formats = [_format(field) for field in fields]
        self._rows = 0

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows; ExportError when the sheet is full."""
        self._rows += len(rows)
        if self._rows > SHEET_ROWS:
            raise ExportError("超过 Excel 一张表的行数，请改存为 csv 或缩小查询范围")
        with _disk_errors():
            for row in rows:
                cells = zip(row, self._formats, strict=True)
                self._sheet.append([self._cell(value, format_) for value, format_ in cells])

    def _cell(self, value: Any, number_format: str) -> Any:
        if value is None or not number_format:
            return value
        made = self._cell_of(self._sheet, value)
        made.number_format = number_format
        return made

    def close(self, notes: Sequence[tuple[str, str]]) -> None:
        """Write the notes and the file."""
        sheet = self._book.create_sheet("说明")
        for name, text in notes:
            sheet.append([name, text if _FIGURE.fullmatch(text) else harmless(text)])
        with _disk_errors():
            self._book.save(self._path)
        with self._path.open("rb+") as file:
            os.fsync(file.fileno())

    def abandon(self) -> None:
        """Let go of the sheets' own temporary files."""
        # openpyxl keeps the rows in a temporary file, which else stays until the program ends.
        with suppress(Exception):  # lxml raises its own kinds on a full disk; given up anyway
            self._sheet.close()
        if (rows := getattr(self._sheet, "_writer", None)) is not None:
            rows.cleanup()


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turns what lxml makes of a failed write (SerialisationError "IO_ENOSPC") into OSError."""
    try:
        yield
    except Exception as error:
        if not str(error).startswith("IO_"):
            raise
        code = getattr(errno, str(error)[3:], errno.ENOSPC)
        raise OSError(code, os.strerror(code)) from error


def _format(field: FieldDescriptor) -> str:
    if not values.is_number(field):
        return ""
    if facts.kind(field) is Kind.DECIMAL:
        return "General"
    scale = facts.of_field(field).scale
    return "#,##0" + ("." + "0" * scale if scale else "")


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
        notes: Sequence[tuple[str, str]] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
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
        if self._path.suffix.lower() == ".csv":
            self._writer = CsvWriter(self._partial, self._fields)
        else:
            self._writer = XlsxWriter(self._partial, self._fields, self._title)

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
            background().run(self._complete, self, lambda _: self._ready(), self._fault)

    def _complete(self) -> None:
        """Prove count and totals, then put the file in its place at once."""
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


def disk_text(error: OSError, path: Path) -> str:
    """Why a file could not be written, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"磁盘空间不足，{path.name} 没有写出。请清理磁盘或换一个位置再试"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"不能写到 {path.parent}：没有权限，或被系统的安全中心拦截。请换一个位置再试"
    return f"文件没有写出（{error.strerror}）。请换一个位置再试"


class ExportDialog(GrowingDialog):
    """Progress of an export with cancel, and its result."""

    def __init__(self, job: Export, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("导出")
        self.setMinimumWidth(self.fontMetrics().height() * 22)
        self.job, self._path = job, path
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
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.parent)))

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
    """Export what the view's query has, in the columns shown, to path."""
    fields = [view.model.fields[column] for column in view.table.columns.visible()]
    at: datetime = dates.now()
    session = view.api.session
    notes = [
        ("名称", view.page.title),
        ("查询条件", view.filters.describe() or "全部"),
        ("导出时间", entry.clock_text(at, seconds=True)),
        ("导出人", f"{session.name} {session.staff_no}".strip() if session else ""),
    ]
    job = Export(
        path, view.page.title, fields, view.api.names, view.fetch, view.model.request, notes
    )
    dialog = ExportDialog(job, path, view)
    dialog.open()
    return dialog
