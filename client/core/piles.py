"""One verb for many records: one after the other, never stopping at the first refusal."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import QObject
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

from client.core import operations, values, verbs
from client.core.api import Api, ApiError
from client.core.page import Page
from protos import facts


def name_of(page: Page, api: Api, record: Message) -> str:
    """What a record is called in questions and results."""
    shown = values.display_of(record, page.service, api.names)
    label = facts.of_service(page.service).label or page.title
    return f"{label} {shown or '#' + str(getattr(record, 'id', ''))}"


class Pile(QObject):
    """The verb's way through the records; `outcome` has a text a record, empty if it was done."""

    def __init__(
        self,
        owner: QWidget,
        api: Api,
        page: Page,
        method: MethodDescriptor,
        request: Any,
        records: Sequence[Any],
        done: Callable[[set[int]], None],
    ) -> None:
        super().__init__(owner)
        self._owner, self._api, self._page, self._method = owner, api, page, method
        self._request, self._records, self._done = request, list(records), done
        self.outcome: list[str] = []

    def go_on(self) -> None:
        """Do the next record, or tell the result."""
        at = len(self.outcome)
        if at == len(self._records):
            self._finish()
            return
        record = self._records[at]
        request = type(self._request)()
        request.CopyFrom(self._request)
        for name in verbs.IDENTITY:
            if name in request.DESCRIPTOR.fields_by_name:
                setattr(request, name, getattr(record, name))
        operations.run(
            self._api,
            self._owner,
            self._method,
            request,
            lambda _: self._next(""),
            self._refused,
            subject=name_of(self._page, self._api, record),
        )

    def _refused(self, error: ApiError) -> None:
        self._next(error.text)

    def _next(self, text: str) -> None:
        self.outcome.append(text)
        self.go_on()

    def _finish(self) -> None:
        failed = {
            record.id for record, text in zip(self._records, self.outcome, strict=True) if text
        }
        names = [name_of(self._page, self._api, record) for record in self._records]
        label = facts.of_rpc(self._method).label or self._method.name
        dialog = Result(label, list(zip(names, self.outcome, strict=True)), self._owner)
        dialog.open()
        self._done(failed)
        self.deleteLater()


class Result(QDialog):
    """What became of each record."""

    def __init__(self, label: str, rows: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        bad = sum(bool(text) for _, text in rows)
        self.setWindowTitle(f"{label}的结果")
        self.resize(560, 360)
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
) -> Pile:
    """Do the verb to every record, then show one result; done gets the ids that failed."""
    pile = Pile(owner, api, page, method, request, records, done)
    pile.go_on()
    return pile
