"""Spreadsheets read into messages, each cell by the contract of its column; and written back."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from openpyxl import Workbook, load_workbook

from client.core import dates, entry, values
from client.core.writers import harmless
from protos import facts

HEADING = 2  # the number people see beside the first row below the heading


class SheetError(Exception):
    """The file cannot be taken over; the text says why and what to do."""


class Column(NamedTuple):
    """One column: its path in the row's message, its field."""

    path: str
    field: FieldDescriptor

    @property
    def label(self) -> str:
        """The heading in the sheet."""
        return facts.label(self.field)


class Fault(NamedTuple):
    """What is wrong with one row; column is a path, empty for the whole row."""

    row: int
    column: str
    text: str


class Read(NamedTuple):
    """A file as read: texts as they stood, messages, and what could not be read."""

    heads: list[str]
    texts: list[list[str]]
    rows: list[Any]
    faults: list[Fault]


def columns_of(row: Descriptor, paths: Sequence[str]) -> list[Column]:
    """The columns of a sheet by their paths, such as item.name."""
    found = []
    for path in paths:
        *above, name = path.split(".")
        message = row
        for part in above:
            inner = message.fields_by_name[part].message_type
            assert inner is not None
            message = inner
        found.append(Column(path, message.fields_by_name[name]))
    return found


def read(path: Path, row: Descriptor, columns: Sequence[Column]) -> Read:
    """Read the first sheet of a file; raises SheetError where its columns are not the wanted."""
    heads, texts = _cells(path)
    at = _places(heads, columns)
    kind = GetMessageClass(row)
    rows: list[Any] = []
    faults: list[Fault] = []
    for number, line in enumerate(texts):
        message = kind()
        for column in columns:
            text = line[at[column.path]] if column.path in at else ""
            if fault := _enter(message, column, text):
                faults.append(Fault(number, column.path, fault))
        rows.append(message)
    return Read(heads, texts, rows, faults)


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what zip, xml and itself find wrong
        raise SheetError(f"打不开 {path.name}：请用 Excel 另存为 xlsx 文件再选") from error
    try:
        sheet = book.worksheets[0]
        lines = [[_text(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
    finally:
        book.close()
    lines = [line for line in lines if any(line)]
    if len(lines) < HEADING:
        raise SheetError("文件里没有数据：第一行是表头，从第二行起每行一条")
    wide = len(lines[0])
    return lines[0], [(line + [""] * wide)[:wide] for line in lines[1:]]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (datetime, date)):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _places(heads: list[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands; raises SheetError for unknown and for missing required ones."""
    known = {column.label: column for column in columns}
    unknown = [head for head in heads if head and head not in known]
    missing = [c.label for c in columns if facts.of_field(c.field).required]
    missing = [label for label in missing if label not in heads]
    if unknown or missing:
        parts = [f"不认识的列：{'、'.join(unknown)}"] if unknown else []
        parts += [f"缺少必填的列：{'、'.join(missing)}"] if missing else []
        raise SheetError(f"{'；'.join(parts)}。请按模板的表头填写")
    return {known[head].path: at for at, head in enumerate(heads) if head}


def _enter(message: Message, column: Column, text: str) -> str:
    """Put a cell's text into the row's message; answers what is wrong with it."""
    target: Any = message
    for part in column.path.split(".")[:-1]:
        target = getattr(target, part)
        target.SetInParent()
    try:
        value = values.parse(column.field, text, dates.now())
    except entry.EntryError as error:
        return str(error)
    if value is None:
        return ""
    values.write(target, column.field, value)
    return facts.value_fault(column.field, value)


def write_template(path: Path, columns: Sequence[Column]) -> None:
    """A file with the headings and a second sheet that says what belongs into each column."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "数据"
    sheet.append([column.label for column in columns])
    notes = book.create_sheet("填写说明")
    notes.append(["列", "必填", "怎么填"])
    for column in columns:
        terms = facts.of_field(column.field)
        choices = "、".join(v.label for v in _choices(column.field))
        notes.append([column.label, "是" if terms.required else "", choices or terms.hint])
    book.save(path)


def _choices(field: FieldDescriptor) -> list[Any]:
    return list(facts.of_values(field.enum_type).values()) if field.enum_type else []


def write_faults(path: Path, sheet: Read, columns: Sequence[Column], faults: list[Fault]) -> None:
    """The rows that have faults as they stood, with what is wrong beside them."""
    labels = {column.path: column.label for column in columns}
    told: dict[int, list[str]] = {}
    for fault in faults:
        label = labels.get(fault.column, "")
        told.setdefault(fault.row, []).append(f"{label}：{fault.text}" if label else fault.text)
    book = Workbook()
    page = book.active
    assert page is not None
    page.append([*sheet.heads, "错误"])
    for row in sorted(told):
        page.append([*map(harmless, sheet.texts[row]), "；".join(told[row])])
    book.save(path)
