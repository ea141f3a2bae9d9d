"""The dialog that takes a spreadsheet over: read, dry run, error sheet, then all rows or none."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core import operations, sheets
from client.core.api import Api, ApiError
from client.core.background import background
from client.core.body import Body
from client.core.page import Sheet
from client.core.settings import Settings
from client.core.sheets import HEADING, Fault
from protos import facts

SHOWN = 500
_PATH = re.compile(r"rows\[(\d+)\]\.?(.*)")


class ImportDialog(QDialog):
    """Takes one file over; the last button wakes up when a dry run found nothing wrong."""

    def __init__(self, sheet: Sheet, api: Api, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._sheet, self._api = sheet, api
        self._request_class: Any = facts.request_class(sheet.method)
        rows = sheet.method.input_type.fields_by_name["rows"].message_type
        assert rows is not None
        self._row = rows
        self.columns = sheets.columns_of(rows, sheet.columns)
        self.read: sheets.Read | None = None
        self.faults: list[Fault] = []
        self.setWindowTitle(facts.of_rpc(sheet.method).label)
        self.resize(860, 560)
        asks = [[name] for name in sheet.asks]
        self.body = Body(sheet.method.input_type, asks, [], {}, api, settings, self)
        self.body.load(self._request_class())
        self.body.setVisible(bool(asks))
        self.text = QLabel(
            "选择一个 xlsx 文件：第一行是表头，每行一条。先试导入，全部无误后再正式导入。"
        )
        self.text.setWordWrap(True)
        self._build()
        self._show()

    def _build(self) -> None:
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["行", "列", "填的内容", "哪里不对"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        bar = QHBoxLayout()
        self.template = self._button(bar, "下载模板", self.save_template)
        bar.addStretch(1)
        self.choose = self._button(bar, "选择文件", self.ask_file)
        self.test = self._button(bar, "试导入", lambda: self.send(dry_run=True))
        self.errors = self._button(bar, "导出错误表", self.save_faults)
        self.take = self._button(bar, "正式导入", lambda: self.send(dry_run=False))
        self.take.setProperty("role", "primary")
        self._button(bar, "关闭", self.reject)
        column = QVBoxLayout(self)
        for widget in (self.body, self.text):
            column.addWidget(widget)
        column.addWidget(self.tree, 1)
        column.addLayout(bar)

    def _button(self, bar: QHBoxLayout, text: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _: slot())
        bar.addWidget(button)
        return button

    def _show(self, ready: bool = False) -> None:
        """What may be done now."""
        self.test.setEnabled(self.read is not None and not self.read.faults)
        self.errors.setEnabled(bool(self.faults))
        self.take.setEnabled(ready)
        self.tree.clear()
        assert self.read is not None or not self.faults
        places = {column.path: column for column in self.columns}
        for fault in self.faults[:SHOWN]:
            column = places.get(fault.column)
            label = column.label if column else ""
            self.tree.addTopLevelItem(
                QTreeWidgetItem(
                    [str(fault.row + HEADING), label, self._typed(fault, label), fault.text]
                )
            )

    def _typed(self, fault: Fault, label: str) -> str:
        if self.read is None or label not in self.read.heads:
            return ""
        return self.read.texts[fault.row][self.read.heads.index(label)]

    # Files

    def ask_file(self) -> None:
        """Ask which file."""
        name, _ = QFileDialog.getOpenFileName(self, "选择文件", str(Path.home()), "Excel (*.xlsx)")
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """Read a file; reading is done aside."""
        self.text.setText(f"正在读 {path.name}…")
        row, columns = self._row, self.columns

        def done(found: sheets.Read) -> None:
            self.read, self.faults = found, found.faults
            wrong = f"，{len(found.faults)} 处不对，请改好再选" if found.faults else "，请试导入"
            self.text.setText(f"{path.name}：{len(found.rows)} 行{wrong}")
            self._show()

        def failed(error: Exception) -> None:
            self.read, self.faults = None, []
            self.text.setText(str(error))
            self._show()

        background().run(lambda: sheets.read(path, row, columns), self, done, failed)

    def save_template(self) -> None:
        """Ask where to, and write a file with the headings."""
        self._save("模板", lambda path: sheets.write_template(path, self.columns))

    def save_faults(self) -> None:
        """Ask where to, and write the rows that have faults."""
        read, faults = self.read, self.faults
        if read is not None:
            self._save("错误表", lambda path: sheets.write_faults(path, read, self.columns, faults))

    def _save(self, what: str, write: Callable[[Path], None]) -> None:
        home = str(Path.home() / f"{self.windowTitle()}{what}.xlsx")
        name, _ = QFileDialog.getSaveFileName(self, what, home, "Excel (*.xlsx)")
        if not name:
            return
        try:
            write(Path(name))
        except OSError as error:
            self.text.setText(f"没有写出（{error.strerror}），请换一个位置再试")
        else:
            self.text.setText(f"已写出 {name}")

    # Sending

    def send(self, *, dry_run: bool) -> None:
        """Have the server try or take over all rows."""
        if self.read is None:
            return
        request = self._request_class(dry_run=dry_run)
        self.body.store(request)
        wrong = [f for f in facts.faults(request) if f.path in self._sheet.asks]
        self.body.show_faults(wrong)
        if wrong:
            return
        request.rows.extend(self.read.rows)
        done = self._tried if dry_run else self._taken
        self.text.setText("正在试导入…" if dry_run else "正在导入…")
        operations.run(self._api, self, self._sheet.method, request, done, self._refused)

    def _tried(self, answer: Any) -> None:
        self.faults = [Fault(f.row, f.field, f.text) for f in answer.faults]
        self._locate()
        good = not self.faults
        self.text.setText(
            f"试导入：{answer.made} 行全部无误，可以正式导入。"
            if good
            else f"试导入：{answer.made} 行可以导入，{len(self.faults)} 处不对。改好全部再导入。"
        )
        self._show(ready=good)

    def _taken(self, answer: Any) -> None:
        if answer.faults:
            self._tried(answer)
            return
        self.read, self.faults = None, []
        self._show()
        self.text.setText(f"已导入 {answer.made} 行。")

    def _refused(self, error: ApiError) -> None:
        """The door refused some rows, or all."""
        found = [(_PATH.fullmatch(fault.path), fault) for fault in error.faults]
        self.faults = [Fault(int(at[1]), at[2], fault.text) for at, fault in found if at]
        self._locate()
        self.text.setText(f"没有导入：{error.text[:200]}")
        self._show()

    def _locate(self) -> None:
        """Faults name fields; the sheet names paths."""
        paths = {column.path.rsplit(".", 1)[-1]: column.path for column in self.columns}
        self.faults = [f._replace(column=paths.get(f.column, f.column)) for f in self.faults]
