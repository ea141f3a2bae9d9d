"""What is entered in a form: shown, compared, checked, kept as a draft, saved, merged."""

from collections.abc import Callable
from functools import partial
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from client.core import conflict, operations, values, verbs
from client.core.api import Api, ApiError
from client.core.drafts import Draft, Drafts, offer
from client.core.form_window import FormWindow, id_of
from client.core.history import HISTORY, authors
from client.core.page import Page
from client.core.presence import Presence
from client.core.repeat import Repeats
from client.core.settings import Settings
from client.core.sources import FIND
from protos import facts, mending
from protos.common.approval_pb2 import HistoryAnswer, HistoryRequest
from protos.common.list_pb2 import RefName
from protos.common.lookup_pb2 import FindAnswer, FindRequest
from protos.facts import Fault

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class EntryForm(FormWindow):
    """Shows a record as it was loaded, and takes care of what is entered over it."""

    saved = Signal(object)  # the record as the server answered
    elsewhere = Signal(object, object)  # an RPC of another page that mends this record; the record

    def __init__(self, page: Page, api: Api, settings: Settings, parent: QWidget | None) -> None:
        super().__init__(page, api, settings, parent)
        self._clean: Any = self._kind()  # what the untouched editors give
        self._then: Callable[[], None] | None = None
        self.repeats = Repeats(page, settings)
        self._last: Any = None  # the record saved before this one
        self._sized = False  # whether the window was fitted to a record; then it is the user's
        self._greeting = ""  # said when the record being fetched is there
        self._drafts = Drafts(settings.store, page.service.full_name, self)
        self._drafts.due.connect(self._keep_draft)
        self._presence = Presence(api, page.service.full_name, self)

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
        if template is None:
            self._fill_sole()
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

    def _fill_sole(self) -> None:
        """Where nothing is known yet of a field taken over from the last record: the sole choice.

        Who keeps one store, drives one car or works for one station never has to choose it.
        """
        for name in self.page.remembered:
            box = self.body.boxes.get(name)
            if box is not None and box.is_empty and (service := facts.of_field(box.field).ref):
                request = FindRequest(service=service, limit=2)
                self._api.call(FIND, request, self, partial(self._found_sole, name), lambda _: None)

    def _found_sole(self, name: str, answer: FindAnswer) -> None:
        box = self.body.boxes[name]
        if len(answer.hits) != 1 or not box.is_empty or self.is_stored or box.editor is None:
            return
        clean, hit, service = not self.is_dirty(), answer.hits[0], facts.of_field(box.field).ref
        self._api.names.learn([RefName(service=service, id=hit.id, text=hit.text)])
        box.editor.set_value(hit.id)
        box.mark_filled(True)
        if clean:  # what was filled in needs no saving
            self._clean = self.collect()
            self._show_dirty()

    def _myself(self, name: str) -> RefName:
        session = self._api.session
        assert session is not None
        service = facts.of_field(self.page.field_of(name)).ref
        return RefName(service=service, id=session.user_id, text=session.name)

    def refer_to(self, record: Message, service: ServiceDescriptor) -> None:
        """Let a new record name the record of another service that it is about."""
        name = values.display_of(record, service, self._api.names)
        fresh = self.collect()
        if self.page.original:
            setattr(fresh, self.page.original, name)
        for field in facts.fields(self.page.record):
            fact = facts.of_field(field)
            if fact.ref == service.full_name and not fact.read_only:
                named = RefName(service=service.full_name, id=id_of(record), text=name)
                self._api.names.learn([named])
                values.write_any(fresh, field, id_of(record))
                break
        self.propose(fresh)

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
        self.reason.say(self._reason(why), **self._mending())
        self._presence.follow(id_of(self.record) if self.is_stored and not why else 0)
        self.photos.show_record(self.record)
        self.history_button.setEnabled(self.is_stored)
        if self.history.isVisible():
            self.history.show_record(id_of(self.record))
        self._show_dirty()

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

    def _mending(self) -> dict[str, Callable[[], object]]:
        """A button for each document of another page that takes back what was done last."""
        state = verbs.state_name(self.record)
        found: dict[str, Callable[[], object]] = {}
        for verb in self.page.service.methods:
            if not self.is_stored or facts.of_rpc(verb).to_state != state:
                continue
            for way in mending.ways(verb):
                if way.name == "Create" and verbs.may_work_on(self._api, way, self.page):
                    act = partial(self.elsewhere.emit, way, self.record)
                    found[facts.of_rpc(way).label] = act
        return found

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

    # Two people, one record

    def _settle(self, theirs: Any) -> None:
        """Merge what others saved with what was typed here, asking where both changed."""
        mine, base = self.collect(), self.record
        self._merge(base, theirs, mine)

    def _merge(self, base: Any, theirs: Any, mine: Any) -> None:
        found = conflict.clashes(base, theirs, mine, self._api.names)
        names = conflict.field_names(found)
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
