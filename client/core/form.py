"""The form of one record or document."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from client.core import (
    about,
    conflict,
    keys,
    letters,
    operations,
    preview,
    sheet,
    style,
    values,
    verbs,
)
from client.core.api import Api, ApiError
from client.core.banner import Banner
from client.core.body import Body, BodyArea
from client.core.drafts import Draft, Drafts, offer
from client.core.flow import FlowLayout
from client.core.history import HISTORY, HistoryPanel, authors
from client.core.leaving import ask_to_leave
from client.core.letters import VerbButton
from client.core.page import Lines, Page
from client.core.photos import PhotoStrip
from client.core.presence import Presence
from client.core.repeat import Repeats, Template, may_copy
from client.core.scanning import ScanTarget
from client.core.settings import Settings
from client.core.sheet import Sheet
from client.core.templates import TemplateDialog
from protos import facts
from protos.common.approval_pb2 import HistoryAnswer, HistoryRequest
from protos.common.list_pb2 import RefName
from protos.facts import Fault

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FormDialog(QDialog):
    """Header rows and line grids of one record: create, update, its verbs, print."""

    saved = Signal(object)  # the record as the server answered
    settled = Signal(object)  # the record that waited for a decision and got one

    def __init__(
        self,
        page: Page,
        api: Api,
        settings: Settings,
        record: Message | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.page, self._api, self._settings = page, api, settings
        self._kind = GetMessageClass(page.record)
        self.record: Any = self._kind()  # as last loaded
        self._clean: Any = self._kind()  # what the untouched editors give
        self._then: Callable[[], None] | None = None
        self.repeats = Repeats(page, settings)
        self._last: Any = None  # the record saved before this one
        self._sized = False  # whether the window was fitted to a record; then it is the user's
        self._greeting = ""  # said when the record being fetched is there
        self._drafts = Drafts(settings.store, page.service.full_name, self)
        self._drafts.due.connect(self._keep_draft)
        self._presence = Presence(api, page.service.full_name, self)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.letters = letters.of_page(page)
        self._build()
        self._bind()
        if record is not None and id_of(record):
            self._open(record)
        else:
            self.start_new(record)

    # What it looks like

    def _build(self) -> None:
        page = self.page
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.state = QLabel()
        self.reason = Banner()
        self.offer = Banner()
        self.company = Banner()
        self.problems = Banner()
        self.body = Body(
            page.record, page.form, page.lines, page.widgets, self._api, self._settings, self
        )
        area = BodyArea(self.body)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.setContentsMargins(16, 10, 16, 2)
        head.addWidget(self.title)
        head.addWidget(self.state)
        head.addStretch(1)
        self.history = HistoryPanel(self._api, page.service.full_name, self)
        self.history.hide()
        self.photos = PhotoStrip(self._api, page, self)
        self._halves = QSplitter()
        self._halves.addWidget(area)
        self._halves.addWidget(self.history)
        self._halves.setStretchFactor(0, 1)
        self._halves.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        for banner in (self.reason, self.company, self.offer, self.problems):
            column.addWidget(banner)
        column.addWidget(self._halves, 1)
        column.addWidget(self.photos)
        column.addLayout(self._build_bar())
        self.resize(self._wanted())
        style.look().changed.connect(self._grow)
        # After the event that folded it: a window is not resized while it is being resized.
        self.body.folded.connect(lambda: QTimer.singleShot(0, self, self._grow))

    def _grow(self) -> None:
        """Take the room larger letters need."""
        self.resize(self.size().expandedTo(self._wanted()))

    def _wanted(self) -> QSize:
        """The size that shows everything, as far as the screen has room."""
        page, wide = self.page, self.fontMetrics().averageCharWidth()
        most = max((len(row) for row in page.form), default=1)
        around = (220 if page.lines else 160) * style.look().percent // 100
        height = self.body.sizeHint().height() + around
        width = max(wide * (110 if page.lines else 40 + 34 * most), 560)
        return style.within_screen(self, width, height)

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.setContentsMargins(16, 8, 16, 12)
        self.save_button = self._button("保存", "save", self.save, "primary")
        self.new_button = self._button("保存并新增", "save_new", self.save_and_new)
        self.verb_buttons = {name: self._verb_button(name) for name in self.page.actions}
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.verbs = FlowLayout()  # many verbs in large letters take two rows
        for widget in (self.save_button, self.new_button, *self.verb_buttons.values(), self.note):
            self.verbs.addWidget(widget)
        bar.addLayout(self.verbs, 1)
        top = Qt.AlignmentFlag.AlignTop
        if self.page.print_form is not None:
            bar.addWidget(self._button("预览", "preview", self.preview), 0, top)
            bar.addWidget(self._button("打印", "print", self.print_out), 0, top)
        self.history_button = self._button("历史", "history", self.toggle_history)
        self.history_button.setCheckable(True)
        bar.addWidget(self.history_button, 0, top)
        bar.addWidget(self._button("关闭", "close", self.reject), 0, top)
        return bar

    def _button(
        self, text: str, key: str, slot: Callable[[], object], role: str = ""
    ) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setToolTip(f"{text}（{keys.text(key)}）")
        button.setProperty("role", role)
        button.clicked.connect(lambda _: slot())
        return button

    def _verb_button(self, name: str) -> QPushButton:
        terms = facts.of_rpc(self.page.method(name))
        label = terms.label or name
        button = VerbButton(label, self.letters.of(name, label))
        button.setProperty("role", "danger" if terms.danger else None)
        button.clicked.connect(lambda _: self.do(name))
        return button

    def _bind(self) -> None:
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

    # What it shows

    def start_new(self, template: Message | None = None) -> None:
        """Show a new record: the page's defaults, or a template's values."""
        fresh = self._kind()
        if template is not None:
            fresh.CopyFrom(template)
        else:
            self._fill(fresh)
        self.load(fresh)
        self.body.mark_filled()
        self._offer_draft()
        self.body.begin()

    def _fill(self, fresh: Message) -> None:
        if self.page.defaults is not None:
            self.page.defaults(fresh)
        self.repeats.fill(fresh)
        user = self._api.session.user_id if self._api.session else 0
        for name in self.page.me if user else ():
            self._api.names.learn([self._myself(name)])
            setattr(fresh, name, user)

    def _myself(self, name: str) -> RefName:
        session = self._api.session
        assert session is not None
        service = facts.of_field(self.page.field_of(name)).ref
        return RefName(service=service, id=session.user_id, text=session.name)

    def propose(self, record: Message, *typed: str) -> None:
        """Show what is known of a new record, in grey but for the fields the user typed."""
        self.load(record)
        self.body.mark_filled()
        for name in typed:
            self.body.boxes[name].mark_filled(False)
        self.body.begin()

    def _open(self, record: Message) -> None:
        self.load(record)
        if self.page.offers("Get"):
            self.body.setEnabled(False)
            self.note.setText("正在载入…")
            self._get(record, self._opened, self._not_opened)
        else:
            self._offer_draft()

    def _opened(self, record: Message) -> None:
        self.body.setEnabled(True)
        self.note.setText(self._greeting)
        self._greeting = ""
        self.load(record)
        self._offer_draft()
        self.body.begin(fresh=False)

    def _not_opened(self, error: ApiError) -> None:
        self.note.setText("")
        self.problems.say(error.text, 重试=lambda: self._open(self.record))

    def _get(
        self,
        record: Message,
        done: Callable[[Any], None],
        failed: Callable[[ApiError], None] | None = None,
    ) -> None:
        method = self.page.method("Get")
        request = verbs.naming(method, record)
        self._api.call(method, request, self, done, failed)

    def load(self, record: Message) -> None:
        """Show a record as unchanged, with what its state allows."""
        self.record = self._kind()
        self.record.CopyFrom(record)
        self.problems.say("")
        self.body.load(self.record)
        self._clean = self.collect()
        self._show_state()
        if not self._sized and self.is_stored:  # fields that said nothing yet have come
            self._sized = True
            QTimer.singleShot(0, self, self._grow)

    def _show_state(self) -> None:
        label = facts.of_service(self.page.service).label or self.page.title
        shown = values.display_of(self.record, self.page.service, self._api.names)
        new = not self.is_stored
        self.title.setText(f"新建{label}" if new else f"{label} {shown}".strip())
        verbs.show_state(self.state, self.record)
        why = self.why_read_only()
        self.body.set_read_only(bool(why))
        self.save_button.setVisible(not why)
        self.new_button.setVisible(not why and self._may("Create"))
        self.body.show_pins(self.repeats.pinned if not why and self._may("Create") else ())
        for name, button in self.verb_buttons.items():
            refusal = verbs.refusal(self._api, self.page.method(name), [self.record])
            button.setVisible(self._api.can(self.page.method(name)))
            button.setEnabled(not new and not refusal)
            button.setToolTip("请先保存" if new else refusal)
        self.reason.say(self._reason(why))
        self._presence.follow(id_of(self.record) if self.is_stored and not why else 0)
        self.photos.show_record(self.record)
        self.history_button.setEnabled(self.is_stored)
        if self.history.isVisible():
            self.history.show_record(id_of(self.record))
        self._show_dirty()

    def toggle_history(self) -> None:
        """Show or hide who changed what, beside the form."""
        on = self.is_stored and self.history.isHidden()
        self.history_button.setChecked(on)
        mine, room = self._halves.sizes()[0], self.history.sizeHint().width()
        if not self.isMaximized() and on == self.history.isHidden():
            self.resize(self.width() + (room if on else -self.history.width()), self.height())
        self.history.setVisible(on)
        if on:
            # After the dialog has grown, so that the form keeps its width.
            QTimer.singleShot(0, self, lambda: self._halves.setSizes([mine, room]))
            self.history.show_record(id_of(self.record))

    @property
    def is_stored(self) -> bool:
        """Whether the record is one the server knows."""
        return bool(id_of(self.record))

    def why_read_only(self) -> str:
        """Why nothing may be changed; empty if it may."""
        name = "Update" if self.is_stored else "Create"
        if not self.page.offers(name):
            return "这里只能查看"
        if not self._may(name):
            return "你没有修改权限，只能查看"
        refused = verbs.refusal(self._api, self.page.method(name), [self.record])
        return refused if self.is_stored else ""

    def _reason(self, why: str) -> str:
        """Why nothing may be changed, or, better, what the user can do with the record now."""
        steps = [button.text() for button in self.verb_buttons.values() if button.isEnabled()]
        return f"内容只供核对，现在可以办理：{'、'.join(steps)}" if why and steps else why

    def _may(self, name: str) -> bool:
        return self.page.offers(name) and self._api.can(self.page.method(name))

    # What was entered

    def collect(self) -> Any:
        """The record with everything entered put in."""
        message = self._kind()
        message.CopyFrom(self.record)
        self.body.store(message)
        return message

    def is_dirty(self) -> bool:
        """Whether anything was changed against what was loaded."""
        return bool(self.collect() != self._clean) or self.body.has_unread()

    def _touched(self) -> None:
        self._drafts.touch()
        self._show_dirty()

    def _show_dirty(self) -> None:
        dirty = self.is_dirty()
        self.setWindowTitle(("● " if dirty else "") + self.title.text())

    def _faults(self) -> list[Fault]:
        self.body.commit()
        return self.body.faults(self.collect())

    def show_faults(self, found: list[Fault]) -> None:
        """Write every fault beside its field, count them, and go to the first."""
        rest = self.body.show_faults(found)
        if not found:
            self.problems.say("")
            return
        other = "；".join(fault.text for fault in rest)
        self.problems.say(f"有 {len(found)} 处需要改正，已在旁边标出。{other}")
        placed = [fault for fault in found if fault not in rest]
        if placed:
            self.body.go_to(placed[0].path)

    # Saving

    def save(self) -> None:
        """Check and send; the form stays open with the record as the server has it."""
        self._save(self._stay)

    def save_and_new(self) -> None:
        """Save, then show a new record that keeps the page's sticky fields."""
        self._save(self._again)

    def _save(self, then: Callable[[], None]) -> None:
        if self.why_read_only():
            return
        found = self._faults()
        self.show_faults(found)
        if found:
            return
        method = self.page.method("Update" if self.is_stored else "Create")
        request = self.collect()
        self._then = then
        operations.run(
            self._api, self, method, request, self._done, self._failed, subject=self.subject()
        )

    def subject(self) -> str:
        """What the document is called in questions and beside the PIN."""
        return self.title.text()

    def _done(self, answer: Any) -> None:
        self._drafts.drop(id_of(self.record))
        self.repeats.remember(self.collect())
        if isinstance(answer, self._kind):
            self.load(answer)
        else:
            self.load(self.collect())
        self.offer.say("")
        self.note.setText("已保存")
        self.saved.emit(self.record)
        then, self._then = self._then, None
        if then is not None:
            then()

    def _failed(self, error: ApiError) -> None:
        self._then = None
        self._keep_draft()
        if error.stale and self.is_stored and self.page.offers("Get"):
            self._get(self.record, self._settle)
        elif error.faults:
            self.show_faults(error.faults)
        else:
            self.problems.say(error.text)

    def _stay(self) -> None:
        self._show_state()

    def _again(self) -> None:
        kept = self._kind()
        self._fill(kept)
        self.repeats.keep(self.record, kept)
        self._last = self.record
        self.start_new(kept)
        self.note.setText("已保存，继续录入下一条")

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

    # Two people, one record

    def _settle(self, theirs: Any) -> None:
        """Merge what others saved with what was typed here, asking where both changed."""
        mine, base = self.collect(), self.record
        self._merge(base, theirs, mine)

    def _merge(self, base: Any, theirs: Any, mine: Any) -> None:
        found = conflict.clashes(base, theirs, mine, self._api.names)
        names = {clash.field.name for clash in found}
        others = [f for f in conflict.differing(base, theirs) if f.name not in names]
        labels = [facts.label(field) for field in others]
        if not found:
            self._take_merged(theirs, conflict.merge(base, theirs, mine, {}), labels)
            return
        dialog = conflict.ConflictDialog(found, labels, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._take_merged(
                theirs, conflict.merge(base, theirs, mine, dialog.choices()), labels
            )
        )
        dialog.open()
        self._tell_authors(dialog)

    def _tell_authors(self, dialog: conflict.ConflictDialog) -> None:
        """Who changed what the dialog asks about, as soon as the server tells."""
        request = HistoryRequest(service=self.page.service.full_name, id=id_of(self.record))
        own = self._api.session.user_id if self._api.session else 0

        def answered(answer: HistoryAnswer) -> None:
            dialog.tell(authors(answer.changes, own))

        self._api.call(HISTORY, request, dialog, answered, lambda _: None)

    def _take_merged(self, theirs: Any, merged: Any, labels: list[str]) -> None:
        self.load(theirs)
        self.body.load(merged)
        self._touched()
        also = f"对方改的{'、'.join(labels)}也已合并。" if labels else ""
        if self.why_read_only():
            self.problems.say("对方已改变这张单据的状态，你的修改不能再保存")
        else:
            self.problems.say(f"已与他人的修改合并，请核对后再保存。{also}")

    # Drafts

    def _keep_draft(self) -> None:
        if self.is_dirty():
            unread = self.body.unread()
            self._drafts.keep(id_of(self.record), self.collect(), self.record, unread)

    def _offer_draft(self) -> None:
        draft = self._drafts.find(id_of(self.record), self.record)
        if draft is None or self.why_read_only():
            return
        offer(self.offer, draft, lambda: self._restore(draft), self._drop_draft)

    def _restore(self, draft: Draft) -> None:
        self.offer.say("")
        if getattr(draft.base, "version", 0) != getattr(self.record, "version", 0):
            self._merge(draft.base, self.record, draft.mine)
        else:
            self.body.load(draft.mine)
        self.body.show_unread(draft.unread)
        self._touched()

    def _drop_draft(self) -> None:
        self._drafts.drop(id_of(self.record))
        self.offer.say("")

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


def id_of(record: Message) -> int:
    """The id of a record; 0 while the server does not know it."""
    return int(getattr(record, "id", 0) or 0)
