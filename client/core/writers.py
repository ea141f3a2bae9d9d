"""The files of an export: what a cell holds, the writers, and the mark of who made them."""

import csv
import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from google.protobuf.descriptor import FieldDescriptor

from client.core import entry, values
from protos import facts
from protos.common import session_pb2
from protos.facts import Kind

SHEET_ROWS = 1_048_575  # below the heading, in one sheet
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIGURE = re.compile(r"-?[\d,]+(\.\d+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Mark(NamedTuple):
    """Who exported when; its number stands in the file and in the server's log."""

    by: str  # name and staff number
    at: str  # as people in Shanghai read it
    number: str

    @classmethod
    def of(cls, session: session_pb2.Session | None, at: datetime) -> "Mark":
        """The mark of an export begun now."""
        staff_no = session.staff_no if session else ""
        by = f"{session.name} {session.staff_no}".strip() if session else ""
        stamp = at.astimezone(entry.SHANGHAI)
        return cls(by, entry.clock_text(at, seconds=True), f"{stamp:%Y%m%d-%H%M%S}-{staff_no}")

    def put_into(self, path: Path) -> Path:
        """The path with the number in its name, for files that hold no properties."""
        return path if self.number in path.stem else path.with_stem(f"{path.stem}-{self.number}")


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

    def __init__(
        self, path: Path, fields: Sequence[FieldDescriptor], title: str, mark: Mark
    ) -> None:
        from openpyxl import Workbook  # slow to import: not before somebody exports
        from openpyxl.cell import WriteOnlyCell

        self._path, self._cell_of = path, WriteOnlyCell
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
        self._sheet.freeze_panes = "A2"
        self._sign(title, mark)
        for place, field in enumerate(fields):
            wide = 14 if values.is_number(field) else 20
            self._sheet.column_dimensions[chr(65 + place) if place < 26 else "Z"].width = wide
        self._sheet.append([facts.label(field) for field in fields])
        self._formats = [_format(field) for field in fields]
        self._rows = 0

    def _sign(self, title: str, mark: Mark) -> None:
        """Say in the properties and on every printed page who made the file and when."""
        about = self._book.properties
        about.title, about.creator, about.lastModifiedBy = title, mark.by, mark.by
        about.description = f"导出编号 {mark.number}，导出时间 {mark.at}"
        foot = self._sheet.oddFooter
        foot.left.text = f"导出人 {mark.by}　{mark.at}".replace("&", "&&")
        foot.center.text = f"导出编号 {mark.number}".replace("&", "&&")
        foot.right.text = "第 &P 页，共 &N 页"

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows; ExportError when the sheet is full."""
        self._rows += len(rows)
        if self._rows > SHEET_ROWS:
            raise ExportError("超过 Excel 一张表的行数，请改存为 csv 或缩小查询范围")
        with disk_errors():
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
        with disk_errors():
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
def disk_errors() -> Iterator[None]:
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


def writer(path: Path, title: str, fields: Sequence[FieldDescriptor], mark: Mark) -> Writer:
    """The writer for a path: csv by its ending, else xlsx."""
    if path.suffix.lower() == ".csv":
        return CsvWriter(path, fields)
    return XlsxWriter(path, fields, title, mark)


def disk_text(error: OSError, path: Path) -> str:
    """Why a file could not be written, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"磁盘空间不足，{path.name} 没有写出。请清理磁盘或换一个位置再试"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"不能写到 {path.parent}：没有权限，或被系统的安全中心拦截。请换一个位置再试"
    return f"文件没有写出（{error.strerror}）。请换一个位置再试"
