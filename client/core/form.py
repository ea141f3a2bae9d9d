"""The form of one record or document: entered, repeated, decided on, printed, left."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QWidget,
)

from client.core import (
    about,
    keys,
    letters,
    operations,
    preview,
    sheet,
    values,
    verbs,
)
from client.core.api import Api, ApiError
from client.core.form_entry import EntryForm
from client.core.form_window import id_of
from client.core.leaving import ask_to_leave
from client.core.page import Lines, Page
from client.core.repeat import Template, may_copy
from client.core.scanning import ScanTarget
from client.core.settings import Settings
from client.core.sheet import Sheet
from client.core.templates import TemplateDialog
from protos import facts

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FormDialog(EntryForm):
    """Header rows and line grids of one record: create, update, its verbs, print."""

    settled = Signal(object)  # the record that waited for a decision and got one

    def __init__(
        self,
        page: Page,
        api: Api,
        settings: Settings,
        record: Message | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(page, api, settings, parent)
        self._build()
        self._bind()
        if record is not None and id_of(record):
            self._open(record)
        else:
            self.start_new(record)

    def _bind(self) -> None:
        for button, press in (
            (self.save_button, self.save),
            (self.new_button, self.save_and_new),
            (self.history_button, self.toggle_history),
            (self.close_button, self.reject),
        ):
            button.clicked.connect(lambda _=False, press=press: press())
        for verb, verb_button in self.verb_buttons.items():
            verb_button.clicked.connect(lambda _=False, verb=verb: self.do(verb))
        for name, slot in (("save", self.save), ("save_new", self.save_and_new)):
            keys.bind(self, name, slot)
        for name, slot in (
            ("duplicate", self.duplicate),
            ("copy_above", self.copy_above),
            ("pin", self._pin_focused),
            ("template", self.open_templates),
        ):
            keys.bind(self, name, slot)
        self.body.pin.connect(self.pin)
        if self.page.print_form is not None:
            self.preview_button.clicked.connect(lambda _: self.preview())
            self.print_button.clicked.connect(lambda _: self.print_out())
            keys.bind(self, "print", self.print_out)
            keys.bind(self, "preview", self.preview)
        keys.bind(self, "history", self.toggle_history)
        for name in ("sheet", "help"):
            keys.bind(self, name, self._show_keys)
        self._presence.others.connect(self.company.say)
        self.finished.connect(lambda _: self._presence.leave())
        self.body.changed.connect(self._touched)
        self.body.finished.connect(self.save_button.setFocus)
        self.body.note.connect(self.note.setText)
        grids = [lines for lines in self.page.lines if lines.scan]
        self._scans = ScanTarget(self, claims=lambda _: bool(grids))
        self._scans.scanned.connect(lambda code: self._scanned(grids, code))

    def _show_keys(self) -> None:
        about.key_sheet(self, letters.shown_in(self)).open()

    # Again the same

    def duplicate(self) -> None:
        """Begin a new record with the content of this one."""
        if not self._may("Create"):
            return
        if not self.is_stored or self.is_dirty():
            self.note.setText("请先保存，再复制整张单据")
            return
        self.copy_of(self.record)

    def copy_of(self, record: Message) -> None:
        """Show a new record with what may be taken from another."""
        fresh = self._kind()
        self._fill(fresh)
        self.repeats.copy(record, fresh)
        self.start_new(fresh)
        self.note.setText("已复制为新单据，单号、日期和个人信息没有复制")

    def copy_above(self) -> None:
        """In the lines, take over the cell above; in a field, what the last record had there."""
        for grid in self.body.grids.values():
            if grid.view.hasFocus() or grid.view.delegate.is_open:
                grid.view.delegate.revert()
                grid.view.copy_above()
                return
        box = self.body.focused()
        if box is None or box.editor is None:
            return
        if self._last is None or not may_copy(box.field):
            self.note.setText("没有上一张可抄，或者此项每张不同")
            return
        box.editor.set_value(values.read_any(self._last, box.field))
        box.editor.changed.emit()
        self.body.go_on(box.editor)

    def pin(self, name: str) -> None:
        """Keep a field for the records that follow, or no longer."""
        kept = self.repeats.toggle(name)
        self.body.show_pins(self.repeats.pinned)
        label = facts.label(self.page.field_of(name))
        self.note.setText(f"{label}：" + ("新增时保留" if kept else "新增时不再保留"))

    def _pin_focused(self) -> None:
        box = self.body.focused()
        if box is not None:
            self.pin(box.field.name)

    def open_templates(self) -> None:
        """Choose a template for a new record, or keep this one as a template."""
        box = self.body.focused()
        calendar = getattr(box.editor if box else None, "open_calendar", None)
        if calendar is not None:
            calendar()
        elif self._may("Create"):
            self.body.commit()
            dialog = TemplateDialog(self.repeats, self, may_keep=bool(self.page.form))
            dialog.chosen.connect(self._take_template)
            dialog.kept.connect(lambda code, name: self.repeats.save(code, name, self.collect()))
            dialog.open()

    def _take_template(self, template: Template) -> None:
        if self.is_dirty() or self.is_stored:
            self.note.setText("模板用于空白新单：请先保存，或者新建后再套用")
            return
        fresh = self._kind()
        self._fill(fresh)
        self.repeats.apply(template, fresh)
        self.start_new(fresh)
        self.note.setText(f"已套用模板 {template.code} {template.name}")

    # Verbs, print, leaving

    def do(self, name: str) -> None:
        """Do a verb, saving first what was changed."""
        if self.is_dirty() and not self.why_read_only():
            self._save(lambda: self._verb(name))
        else:
            self._verb(name)

    def _verb(self, name: str) -> None:
        method = self.page.method(name)
        subject = self.subject()
        request = verbs.request_for(self, self._api, self._settings, method, self.record, subject)
        if request is None:
            return
        operations.run(
            self._api,
            self,
            method,
            request,
            verbs.settling(self._settings, method, request, self._verb_done),
            self._verb_failed,
            subject=subject,
        )

    def may_settle(self, record: Message) -> bool:
        """Whether the user may decide on a record, as far as its state tells."""
        return any(not verbs.refusal(self._api, verb, [record]) for verb in self._deciding)

    @property
    def _deciding(self) -> list[MethodDescriptor]:
        methods: list[MethodDescriptor] = list(self.page.service.methods)
        return [method for method in methods if facts.of_rpc(method).decides]

    def go_on_to(self, record: Message) -> None:
        """Show another record in this form; what stood here was settled."""
        self._greeting = f"{self.title.text()} 已办理，这是下一份"
        self._open(record)

    def _verb_done(self, answer: Any) -> None:
        if isinstance(answer, self._kind):
            self._verb_shown(answer)
        elif self.page.offers("Get"):
            self._get(self.record, self._verb_shown, self._gone)
        else:
            self.accept()

    def _verb_shown(self, record: Any) -> None:
        waited = self.may_settle(self.record)
        self.load(record)
        self.saved.emit(self.record)
        self.note.setText("已完成")
        if waited and not self.may_settle(record):
            self.settled.emit(self.record)

    def _gone(self, error: ApiError) -> None:
        self.saved.emit(self.record)
        self.accept()

    def _verb_failed(self, error: ApiError) -> None:
        if error.faults:
            self.show_faults(error.faults)
        self.problems.say(error.text)

    def preview(self) -> None:
        """Show the printed pages."""
        preview.show_sheet(self.sheet(), self._api, self._settings, self)

    def print_out(self) -> None:
        """Print with this form's remembered queue."""
        preview.show_sheet(self.sheet(), self._api, self._settings, self, at_once=True)

    def sheet(self) -> Sheet:
        """What is printed of the record; subclasses may print another sheet."""
        return sheet.of_record(self.page, self.collect(), self._api, dirty=self.is_dirty())

    def _scanned(self, grids: Sequence[Lines], code: str) -> None:
        if grids and not self.why_read_only():
            self.body.grids[grids[0].field].scan(code)
            return
        QApplication.beep()
        why = self.why_read_only() or "这里用不到扫码；要填进某一栏，请先点那一栏再扫"
        self.note.setText(f"扫到 {code}：{why}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter never presses a button of the form; Esc closes, asking if needed."""
        if event.key() in ENTER:
            focus = self.focusWidget()
            if isinstance(focus, QPushButton):
                focus.click()
            return
        super().keyPressEvent(event)

    def reject(self) -> None:
        """Close, asking first if something would be lost."""
        if self.close_ok():
            super().reject()

    def close_ok(self) -> bool:
        """Whether the form may be closed; asks if something was changed."""
        self.body.commit()
        if self.why_read_only() or not self.is_dirty():
            return True
        choice = ask_to_leave(self, self.subject())
        if choice == "save":
            self._save(self.accept)
        elif choice == "leave":
            self._drafts.drop(id_of(self.record))
        return choice == "leave"
