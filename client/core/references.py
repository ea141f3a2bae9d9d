"""Editors of references and codes around the look-up line: one value, or many."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from client.core import keys
from client.core.api import Api
from client.core.fields import Editor
from client.core.lookup import LookupLine
from client.core.settings import Settings
from client.core.sources import Codes, Records, Source
from protos import facts
from resources import dictionaries


class LookupEditor(Editor):
    """An editor around a lookup line."""

    def __init__(self, field: FieldDescriptor, source: Source, parent: QWidget | None) -> None:
        self.line = LookupLine(source)
        super().__init__(field, self.line, parent)
        self.line.chosen.connect(self.changed)
        self.line.taken.connect(self.done)

    def value(self) -> Any:
        """The chosen key."""
        return self.line.key

    def set_value(self, value: Any) -> None:
        """Show a key's name."""
        self.line.set_key(value)

    def fault(self) -> str:
        """That what is typed was not found or not chosen."""
        label = facts.label(self.field)
        return f"{label}：没有选中，请从列表中选择（F7）" if self.line.unresolved() else ""


class RefEditor(LookupEditor):
    """A reference to another record."""

    def __init__(
        self, field: FieldDescriptor, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        service = facts.of_field(field).ref
        super().__init__(field, Records(api, settings, service, self_owner(parent, api)), parent)
        self._api, self._service = api, service

    def set_value(self, value: Any) -> None:
        """Show a record's name, asking for it if it is not known yet."""
        super().set_value(value)
        if value and not self._api.names.text(self._service, value):
            self._api.names.fetch(self._service, [value], self, lambda: self._named(value))

    def _named(self, value: int) -> None:
        if self.line.key == value:
            self.line.set_key(value)


def self_owner(parent: QWidget | None, api: Api) -> QObject:
    """Who owns the questions of an editor: its form, or the connection itself."""
    return parent if parent is not None else api


class ManyEditor(Editor):
    """Several values: records or codes are looked up and added, texts are typed and added.

    The value is a list; Delete takes the chosen ones out.
    """

    def __init__(
        self, field: FieldDescriptor, source: Source | None, parent: QWidget | None = None
    ) -> None:
        self.line = LookupLine(source) if source is not None else QLineEdit()
        super().__init__(field, self.line, parent)
        self._source = source
        self.list = QListWidget()
        self.list.setAccessibleName(facts.label(field))
        self.list.setFixedHeight(self.fontMetrics().lineSpacing() * 3 + 8)
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        remove = QShortcut(keys.sequences("take_out")[0], self.list)
        remove.setObjectName("take_out")
        remove.setContext(Qt.ShortcutContext.WidgetShortcut)
        remove.activated.connect(self._remove)
        column = self.layout()
        assert isinstance(column, QBoxLayout)
        column.setDirection(QBoxLayout.Direction.TopToBottom)  # also where there is little width
        column.addWidget(self.list)
        if isinstance(self.line, LookupLine):
            self.line.chosen.connect(self._chosen)
        else:
            self.line.setPlaceholderText("输入后按回车加入")
            self.line.returnPressed.connect(self._typed)

    def value(self) -> list[Any]:
        """What is in the list."""
        items = (self.list.item(at) for at in range(self.list.count()))
        return [item.data(Qt.ItemDataRole.UserRole) for item in items]

    def set_value(self, value: list[Any] | None) -> None:
        """Show these."""
        self.list.clear()
        for each in value or []:
            self._append(each)

    def fault(self) -> str:
        """That something was typed but not added."""
        left = self.line.text().strip()
        return f"{facts.label(self.field)}：“{left}”还没有加入，请按回车" if left else ""

    def _append(self, value: Any) -> None:
        text = self._source.name(value) or f"#{value}" if self._source else str(value)
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, value)
        self.list.addItem(item)

    def _add(self, value: Any) -> None:
        if value not in self.value():
            self._append(value)
            self.changed.emit()

    def _chosen(self) -> None:
        assert isinstance(self.line, LookupLine)
        if self.line.key is not None:
            self._add(self.line.key)
            self.line.set_key(None)

    def _typed(self) -> None:
        if text := self.line.text().strip():
            self._add(text)
            self.line.clear()

    def _remove(self) -> None:
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))
        self.changed.emit()


def many(field: FieldDescriptor, api: Api, settings: Settings, parent: QWidget) -> ManyEditor:
    """The editor of a repeated field of references, codes or texts."""
    fact = facts.of_field(field)
    source: Source | None = None
    if fact.ref:
        source = Records(api, settings, fact.ref, parent)
    elif fact.dictionary:
        codes = dictionaries.codes(fact.dictionary)
        source = Codes(settings, fact.dictionary, facts.label(field), codes)
    return ManyEditor(field, source, parent)


class CodeEditor(LookupEditor):
    """A code of a long dictionary."""

    def __init__(
        self,
        field: FieldDescriptor,
        codes: dict[str, str],
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        name = facts.of_field(field).dictionary
        super().__init__(field, Codes(settings, name, facts.label(field), codes), parent)
