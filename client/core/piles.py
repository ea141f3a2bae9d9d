"""One verb for many records: one after the other, never stopping at the first refusal."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from client.core import entered, operations, style, values
from client.core.api import Api
from client.core.page import Page
from protos import facts


def name_of(page: Page, api: Api, record: Message) -> str:
    """What a record is called in questions and results."""
    shown = values.display_of(record, page.service, api.names)
    label = facts.of_service(page.service).label or page.title
    return f"{label} {shown or '#' + str(getattr(record, 'id', ''))}"


class Result(QDialog):
    """What became of each record."""

    def __init__(self, label: str, rows: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        bad = sum(bool(text) for _, text in rows)
        self.setWindowTitle(f"{label}的结果")
        self.resize(style.sized(self, 560, 360))
        text = f"{len(rows) - bad} 条已{label}"
        self.summary = QLabel(f"{text}，{bad} 条没有完成，仍然选中。" if bad else f"{text}。")
        tree = QTreeWidget()
        tree.setHeaderLabels(["记录", "结果"])
        tree.setRootIsDecorated(False)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for name, why in sorted(rows, key=lambda row: not row[1]):
            tree.addTopLevelItem(QTreeWidgetItem([name, why or f"已{label}"]))
        buttons = QDialogButtonBox()
        buttons.addButton("知道了", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        column = QVBoxLayout(self)
        for widget in (self.summary, tree, buttons):
            column.addWidget(widget)


def run(
    owner: QWidget,
    api: Api,
    page: Page,
    method: MethodDescriptor,
    request: Any,
    records: Sequence[Any],
    done: Callable[[set[int]], None],
) -> None:
    """Do the verb to every record, then show one result; done gets the ids that failed."""
    names = [name_of(page, api, record) for record in records]
    requests = [_request(request, record) for record in records]
    label = facts.of_rpc(method).label or method.name

    def finished(outcome: list[str]) -> None:
        result = Result(label, list(zip(names, outcome, strict=True)), owner)
        result.open()
        done({record.id for record, text in zip(records, outcome, strict=True) if text})

    money = facts.money_of(page.service)
    amounts = [getattr(record, money.name) for record in records] if money is not None else None
    operations.run_pile(api, owner, method, requests, names, finished, amounts)


def _request(common: Any, record: Any) -> Any:
    """The request with what was asked once for all, naming this record."""
    request = type(common)()
    request.CopyFrom(common)
    for name in entered.IDENTITY:
        if name in request.DESCRIPTOR.fields_by_name:
            setattr(request, name, getattr(record, name))
    return request
