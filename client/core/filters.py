"""The filter bar over a table: one fuzzy box, and a condition for each field of Page.filters."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from client.core import keys, style
from client.core.api import Api
from client.core.conditions import OneOf, Range, condition
from client.core.flow import FlowLayout
from client.core.page import Page
from client.core.queries import Queries, QueryButton, State
from client.core.settings import Settings
from protos import facts
from protos.common.list_pb2 import Filter

WAITING = "*waiting"  # where a saved query keeps that it asks for the user's to-do


class FilterBar(QWidget):
    """All conditions of a page; `run` when the user wants the list."""

    run = Signal()

    def __init__(
        self, page: Page, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.queries = Queries(api, settings, page.service.full_name)
        self.text = QLineEdit()
        self.text.setPlaceholderText("模糊查询：编码、简拼、名称、单号")
        self.text.setClearButtonEnabled(True)
        style.keep_width(self.text, 22)
        self.text.setAccessibleName("模糊查询")
        self.text.returnPressed.connect(self.run)
        self.conditions = {
            name: condition(page.field_of(name), api, settings) for name in page.filters
        }
        flow = FlowLayout(self)
        flow.addWidget(self.text)
        for each in self.conditions.values():
            each.run.connect(self.run)
            flow.addWidget(each)
        self.waiting = self._waiting(page, api)
        flow.addWidget(self._buttons())
        self.restore_default()

    def _waiting(self, page: Page, api: Api) -> QCheckBox:
        """Only what the user has to decide on: the same records the to-do number counts."""
        box = QCheckBox("只看待我处理")
        decides = [m for m in page.service.methods if facts.of_rpc(m).decides and api.can(m)]
        box.setVisible(bool(decides))
        box.setEnabled(bool(decides))
        box.clicked.connect(lambda _: self.run.emit())
        return box

    def show_waiting(self) -> None:
        """Ask for what the to-do number counts, nothing else."""
        self.restore({WAITING: ["true"]})
        self.run.emit()

    def _buttons(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        go = QPushButton("查询")
        go.setToolTip(f"查询（{keys.text('run')}）")
        go.clicked.connect(self.run)
        clear = QPushButton("清空")
        clear.clicked.connect(self.clear)
        self.saved = QueryButton(self.queries, self.state, self.use, holder)
        for widget in (self.waiting, go, clear, self.saved):
            row.addWidget(widget)
        return holder

    def filters(self) -> list[Filter]:
        """The conditions that ask something."""
        made = [each.filter() for each in self.conditions.values()]
        return [each for each in made if each is not None]

    def fuzzy(self) -> str:
        """The fuzzy text."""
        return self.text.text().strip()

    def is_empty(self) -> bool:
        """Whether everything is asked for."""
        return not (self.filters() or self.fuzzy() or self.waiting.isChecked())

    def describe(self) -> str:
        """What is asked for, for print heads and empty lists."""
        parts = [f"“{self.fuzzy()}”"] if self.fuzzy() else []
        parts += [self.waiting.text()] if self.waiting.isChecked() else []
        for each in self.conditions.values():
            if each.filter() is not None:
                state = "、".join(
                    each.actions_of[n].text() if isinstance(each, OneOf) else n
                    for n in each.state()
                )
                parts.append(f"{facts.label(each.field)}：{state}")
        return "，".join(parts)

    def clear(self) -> None:
        """Ask for everything."""
        self.restore({})
        self.run.emit()

    def begin(self) -> None:
        """Take the focus."""
        self.text.setFocus()
        self.text.selectAll()

    def claims_scan(self, field: QWidget) -> bool:
        """Whether a scan is for the page though the cursor is here: no text, or any."""
        return field is self.text or isinstance(field.parent(), Range)

    def state(self) -> dict[str, list[str]]:
        """What stands in the bar, by field name; "" is the fuzzy text."""
        kept = {name: each.state() for name, each in self.conditions.items() if each.state()}
        if self.waiting.isChecked():
            kept[WAITING] = ["true"]
        return {**kept, "": [self.fuzzy()]} if self.fuzzy() else kept

    def restore(self, state: State) -> None:
        """Put back what stood in the bar."""
        self.text.setText("".join(state.get("", [])[:1]))
        self.waiting.setChecked(self.waiting.isEnabled() and bool(state.get(WAITING)))
        for name, each in self.conditions.items():
            each.restore(list(state.get(name, [])))

    def use(self, state: State) -> None:
        """Run a saved query."""
        self.restore(state)
        self.run.emit()

    def restore_default(self) -> None:
        """Ask what the user wants asked whenever the page opens."""
        if default := self.queries.default:
            self.restore(default.state)
