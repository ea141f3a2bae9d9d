"""A page: filter bar, actions, table, totals; one record opens in its form."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from client.core import (
    batch,
    export,
    icons,
    importing,
    keys,
    letters,
    operations,
    piles,
    preview,
    sheet,
    verbs,
)
from client.core.api import Api, ApiError
from client.core.banner import Banner
from client.core.bulk import MOST
from client.core.entered import offers
from client.core.filters import FilterBar
from client.core.flow import FlowLayout
from client.core.form import FormDialog
from client.core.letters import VerbButton
from client.core.listing import Listing
from client.core.page import Page
from client.core.scan_search import ScanSearch
from client.core.settings import Settings
from client.core.sheet import Sheet
from client.core.sums import Sums
from client.core.table import RecordModel, RecordTable
from protos import facts
from protos.common import list_pb2


class PageView(QWidget):
    """Everything of one page; it refreshes when its records change anywhere."""

    opened = Signal(object)  # FormDialog

    def __init__(
        self, page: Page, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.page, self.api, self._settings = page, api, settings
        self.title = page.title
        self.forms: list[FormDialog] = []
        self._stale = True
        shown = [name for name in page.columns if page.field_of(name)]
        self.model = RecordModel(self._fields(), api.names, self.fetch, self)
        self.table = RecordTable(self.model, shown, settings, page.service.full_name)
        self.filters = FilterBar(page, api, settings)
        self._scans = ScanSearch(page, api, self.filters)
        self._scanned = ""  # what the list under way was scanned for
        self.actions_of: dict[str, QAction] = {}
        self.letters = letters.of_page(page)
        self._build()
        self._connect()
        self._show_allowed()

    # What it looks like

    def _fields(self) -> list[Any]:
        names = list(self.page.columns)
        names += [name for row in self.page.form for name in row if name not in names]
        known = self.page.record.fields_by_name
        return [known[name] for name in names if facts.of_field(known[name]).label]

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 6)
        column.setSpacing(8)
        column.addWidget(self.filters)
        column.addLayout(self._build_bar())
        self.scan_note = Banner()
        column.addWidget(self.scan_note)
        column.addWidget(self._build_stack(), 1)
        column.addLayout(self._build_foot())

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(6)
        self.verbs = FlowLayout(spacing=6)  # many verbs in large letters take two rows
        bar.addLayout(self.verbs, 1)
        may_create = self._may("Create") and bool(self.page.form)
        self._offer("new", "新建", "plus", self.new_record, may_create, primary=True)
        self._offer("open", "打开", "folder-open", self.open_chosen, bool(self.page.form))
        for name in self.page.actions:
            self._offer_verb(name)
        for name in self.page.tools:
            self._offer_tool(bar, name)
        if self.page.sheet is not None and self.api.can(self.page.sheet.method):
            self._import_button(bar)
        self._small(bar, "export", "导出", "export", self.export)
        if self.page.print_form is not None:
            self._small(bar, "preview", "打印预览", "printer", self.preview)
        self._small(bar, "print_list", "打印列表", "list-bullets", self.print_list)
        self._small(bar, "refresh", "刷新", "arrows-clockwise", self.refresh)
        return bar

    def _may(self, name: str) -> bool:
        return self.page.offers(name) and self.api.can(self.page.method(name))

    def _offer(
        self,
        name: str,
        label: str,
        icon: str,
        slot: Callable[[], object],
        allowed: bool,
        primary: bool = False,
    ) -> None:
        action = keys.action(self, name, label, slot)
        if name == "open":  # Enter belongs to the table, not to the filter bar
            action.setShortcuts([])
        button = _push(action, "on_accent" if primary else "muted", icon)
        if primary:
            button.setProperty("role", "primary")
        button.setVisible(allowed)
        action.setEnabled(allowed)
        self.actions_of[name] = action
        self.verbs.addWidget(button)

    def _offer_verb(self, name: str) -> None:
        method = self.page.method(name)
        terms = facts.of_rpc(method)
        button = self.offer_own(name, terms.label or name, lambda: self.do(name))
        if terms.danger:
            button.setProperty("role", "danger")
        button.setVisible(self.api.can(method))

    def offer_own(self, name: str, label: str, slot: Callable[[], object]) -> QPushButton:
        """A button among the verbs, for what a subclass does with the selected records."""
        action = QAction(label, self)
        action.triggered.connect(lambda _=False: slot())
        button = _push(action, "", "", self.letters.of(name, label))
        self.actions_of[name] = action
        self.verbs.addWidget(button)
        return button

    def _offer_tool(self, bar: QHBoxLayout, name: str) -> None:
        """A button for a verb that names no record; left out where it is not the user's."""
        method = self.page.method(name)
        action = QAction(facts.of_rpc(method).label or name, self)
        action.triggered.connect(lambda _=False: self.use(name))
        button = _push(action, "", "", self.letters.of(name, action.text()))
        button.setVisible(self.api.can(method))
        self.actions_of[name] = action
        bar.addWidget(button)

    def _import_button(self, bar: QHBoxLayout) -> None:
        action = QAction("导入", self)
        action.triggered.connect(lambda _=False: self.take_in())
        self.actions_of["import"] = action
        letter = self.letters.of("import", action.text())
        bar.addWidget(_push(action, "muted", "download-simple", letter))

    def take_in(self) -> None:
        """Open the dialog that takes a spreadsheet over."""
        assert self.page.sheet is not None
        dialog = importing.ImportDialog(self.page.sheet, self.api, self._settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _small(
        self, bar: QHBoxLayout, name: str, label: str, icon: str, slot: Callable[[], object]
    ) -> None:
        action = keys.action(self, name, label, slot)
        action.setIcon(icons.icon(icon))
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.actions_of[name] = action
        bar.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def _build_stack(self) -> QStackedWidget:
        self.notice = QLabel()
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.notice.setWordWrap(True)
        self.notice.setProperty("role", "muted")
        self.retry = QPushButton("重试")
        self.retry.clicked.connect(self.refresh)
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(self.notice)
        column.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(empty)
        return self.stack

    def _build_foot(self) -> QHBoxLayout:
        self.summary, self.chosen, self.busy = Sums(), QLabel(), QLabel("正在载入…")
        self.summary.setProperty("role", "totals")
        for label in (self.chosen, self.busy):
            label.setProperty("role", "muted")
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(self.summary, 1)
        row.addWidget(self.chosen)
        row.addWidget(self.busy)
        self.busy.hide()
        return row

    def _connect(self) -> None:
        self.filters.run.connect(self.run)
        self._scans.found.connect(self._scan_found)
        self._scans.missed.connect(self._scan_missed)
        self.table.opened.connect(self.open_chosen)
        self.table.selected.connect(self._show_allowed)
        self.table.told.connect(self.chosen.setText)
        self.model.loading.connect(self.busy.setVisible)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._failed)
        self.api.changed.connect(self.note_changed)
        self.api.session_changed.connect(self._entered_again)
        keys.bind(self, "query", self.filters.begin)
        keys.bind(self, "run", self.run)
        keys.bind(self, "switch", self._switch)
        keys.bind(self, "print", self.print_out)
        keys.bind(self, "duplicate", self.duplicate)

    def _switch(self) -> None:
        """F6: between the query and the table."""
        if self.table.hasFocus():
            self.filters.begin()
        else:
            self.table.setFocus()

    # The list

    def fetch(
        self,
        request: list_pb2.ListRequest,
        done: Callable[[Any], None],
        failed: Callable[[ApiError], None],
    ) -> Callable[[], None]:
        """Ask for one page of the list."""
        return self.api.call(self.page.method("List"), request, self, done, failed).cancel

    def run(self) -> None:
        """Show what the filter bar asks for."""
        self._stale = False
        bar = self.filters
        self.model.query(bar.filters(), bar.fuzzy(), waiting=bar.waiting.isChecked())

    def scan(self, code: str) -> None:
        """List what a scanned code stands for; say so if it stands for nothing here."""
        self.scan_note.say("")
        self._scans.find(code)

    def claims_scan(self, field: QWidget) -> bool:
        """Whether a scan goes to `scan` although the cursor is in this text field."""
        return self.filters.claims_scan(field)

    def _scan_found(self, what: str) -> None:
        self._scanned = what

    def _scan_missed(self, why: str) -> None:
        self.scan_note.say(why, 知道了=lambda: self.scan_note.say(""))

    def _show_scanned(self) -> None:
        """The list of a scan: its only row is chosen, so that Enter opens it."""
        what, self._scanned = self._scanned, ""
        self.table.setFocus()
        if self.model.count == 1:
            self.table.selectRow(0)
        self.say(what)

    def refresh(self) -> None:
        """Fetch again, keeping the place."""
        if self._stale and not self.model.rows:
            self.run()
            return
        self._stale = False
        self.model.refresh(self.table.rows_in_use())

    def note_changed(self, services: frozenset[str]) -> None:
        """Records changed: refresh now if shown, else when shown next."""
        if self.page.service.full_name not in services:
            return
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        """Fetch what was not fetched, or changed meanwhile."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _loaded(self) -> None:
        self.summary.setText(self.model.summary())
        if self.model.rows:
            self.stack.setCurrentIndex(0)
        elif self.filters.is_empty():
            more = "，按 Ctrl+N 新建第一条" if self.actions_of["new"].isEnabled() else ""
            self._tell(f"还没有记录{more}")
        else:
            self._tell(f"没有符合条件的记录（{self.filters.describe()}）\n请放宽条件再查")
        self._show_allowed()
        if self._scanned:
            self._show_scanned()

    def _entered_again(self, session: object) -> None:
        """After an unlock, fetch what could not be fetched without a session."""
        if session is not None and self._stale and self.isVisible():
            self.refresh()

    def _failed(self, error: ApiError) -> None:
        self._stale = error.unauthenticated
        if self.model.rows:
            self.chosen.setText(f"刷新没有成功：{error.text}")
        else:
            self._tell(error.text, retry=True)

    def _tell(self, text: str, retry: bool = False) -> None:
        self.notice.setText(text)
        self.retry.setVisible(retry)
        self.stack.setCurrentIndex(1)

    def _show_allowed(self) -> None:
        picked = self.table.picked()
        count, chosen = sum(len(rows) for rows in picked), self.table.chosen(MOST)
        self.chosen.setText(self.model.selected_summary(picked))
        self.actions_of["open"].setEnabled(len(chosen) == count == 1)
        for name in self.page.actions:
            why = verbs.refusal(self.api, self.page.method(name), chosen, count)
            action = self.actions_of[name]
            action.setEnabled(not why)
            action.setToolTip(why or action.text())
        if "preview" in self.actions_of:
            self.actions_of["preview"].setEnabled(len(chosen) == count > 0)

    def show_waiting(self) -> None:
        """List what waits for the user's decision: as many as the to-do number says."""
        self.filters.show_waiting()

    # One record

    def new_record(self) -> None:
        """Open the form for a new record."""
        self._open(None)

    def open_chosen(self) -> None:
        """Open the form of the selected record."""
        chosen = self.table.chosen()
        if len(chosen) == 1 and self.page.form:
            self._open(chosen[0])

    def open_id(self, record_id: int) -> None:
        """Open the form of a record wherever it stands in the list."""
        get = self.page.method("Get") if self.page.offers("Get") else None
        if get is not None and self.page.form and facts.request_class(get) is list_pb2.IdRequest:
            self.api.call(get, list_pb2.IdRequest(id=record_id), self, self._open)

    def duplicate(self) -> None:
        """Open a new record with the content of the selected one."""
        chosen = self.table.chosen()
        if len(chosen) != 1 or not self.page.form or not self._may("Create"):
            return
        if not self.page.offers("Get"):
            self._open_copy(chosen[0])
            return
        get = self.page.method("Get")
        self.api.call(get, verbs.naming(get, chosen[0]), self, self._open_copy)

    def _open_copy(self, record: Message) -> None:
        self._open(None)
        self.forms[-1].copy_of(record)

    def _open(self, record: Message | None) -> None:
        form = self.open_form(self.page, record)
        form.settled.connect(lambda record: self._open_next(form, record))

    def open_form(self, page: Page, record: Message | None) -> FormDialog:
        """Open the form of a record, of this page or another's."""
        make = page.dialog or FormDialog
        form: FormDialog = make(page, self.api, self._settings, record, self)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.forms.append(form)
        form.finished.connect(lambda _: self.forms.remove(form))
        form.show()
        self.opened.emit(form)
        return form

    def _open_next(self, form: FormDialog, record: Message) -> None:
        """After a decision show the next record that waits, in the order of the list."""
        ids = [getattr(row, "id", 0) for row in self.model.rows]
        at = ids.index(getattr(record, "id", 0)) if getattr(record, "id", 0) in ids else -1
        following = [*self.model.rows[at + 1 :], *self.model.rows[: max(at, 0)]]
        waiting = next((row for row in following if form.may_settle(row)), None)
        if waiting is not None:
            self.table.choose_ids({getattr(waiting, "id", 0)})
            form.go_on_to(waiting)

    def do(self, name: str) -> None:
        """Do a verb to the selected records."""
        method, chosen = self.page.method(name), self.table.chosen()
        if verbs.refusal(self.api, method, chosen, self.table.chosen_count()):
            return
        if offers(method):  # the lines to choose from are not in the list
            get = self.page.method("Get")
            whole = verbs.naming(get, chosen[0])
            self.api.call(get, whole, self, lambda record: self._do(method, [record]))
        else:
            self._do(method, chosen)

    def _do(self, method: MethodDescriptor, chosen: list[Any]) -> None:
        subject = piles.name_of(self.page, self.api, chosen[0])
        about = subject if len(chosen) == 1 else f"选中的 {len(chosen)} 条"
        request = verbs.request_for(self, self.api, self._settings, method, chosen[0], about)
        if request is None:
            return
        if len(chosen) > 1:
            piled = verbs.settling(self._settings, method, request, self._piled)
            piles.run(self, self.api, self.page, method, request, chosen, piled)
            return
        done = verbs.settling(self._settings, method, request, self._done)
        operations.run(self.api, self, method, request, done, subject=subject)

    def use(self, name: str) -> None:
        """Do a verb that names no record, asking for what it needs."""
        method = self.page.method(name)
        request = verbs.request_for(self, self.api, self._settings, method, list_pb2.Empty())
        if request is not None:
            told = verbs.settling(self._settings, method, request, self._told)
            operations.run(self.api, self, method, request, told)

    def _told(self, answer: Any) -> None:
        """Show what a verb says it did."""
        self.say(getattr(answer, "text", ""))
        self.table.setFocus()

    def _done(self, answer: Any) -> None:
        # Api.changed refreshes; the focus goes back to where the user works.
        self.table.setFocus()

    def _piled(self, failed: set[int]) -> None:
        self.table.setFocus()
        if failed:
            self.table.choose_ids(failed)

    def export(self) -> None:
        """Write every row of this query into a file."""
        export.ask(self)

    def print_list(self) -> None:
        """Show the printed pages of every row of this query."""
        Listing(self, self._settings).start()

    def say(self, text: str) -> None:
        """Show a sentence below the table."""
        self.chosen.setText(text)

    def preview(self) -> None:
        """Show the selected record's printed pages; several records are printed as a batch."""
        self._show_sheet()

    def print_out(self) -> None:
        """Print the selected record on its remembered queue."""
        self._show_sheet(at_once=True)

    def _show_sheet(self, *, at_once: bool = False) -> None:
        chosen = self.table.chosen()
        if not chosen or self.page.print_form is None:
            return
        if len(chosen) > 1:
            batch.ask(self, chosen, self._settings)
            return
        get = self.page.method("Get")

        def got(record: Message) -> None:
            what = self.sheet_of(record)
            preview.show_sheet(what, self.api, self._settings, self, at_once=at_once)

        self.api.call(get, verbs.naming(get, chosen[0]), self, got)

    def sheet_of(self, record: Any) -> Sheet:
        """What is printed of a record; subclasses may print another sheet."""
        return sheet.of_record(self.page, record, self.api)

    # Leaving

    def is_dirty(self) -> bool:
        """Whether an open form holds changes that are not saved."""
        return any(form.is_dirty() for form in self.forms)

    def close_ok(self) -> bool:
        """Whether the page may be closed; asks for each form with unsaved changes."""
        for form in list(self.forms):
            if not form.close_ok():
                return False
            form.done(0)
        return True


def _push(action: QAction, colour: str, icon: str, letter: str = "") -> QPushButton:
    """A button that does an action and follows its state."""
    button = VerbButton(action.text(), letter)
    if icon:
        button.setIcon(icons.icon(icon, colour))
    button.setToolTip(action.toolTip())
    button.setEnabled(action.isEnabled())
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    return button
