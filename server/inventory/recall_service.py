"""The pages of recalls: the recall, its notices and receipts, its patients."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, select

from protos import facts
from protos.common.list_pb2 import IdRequest
from protos.inventory import recall_pb2 as pb
from protos.inventory import warehouse_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core import numbering
from server.core.call import Call
from server.core.crud import CrudService
from server.core.errors import Invalid
from server.core.mapping import to_datetime
from server.inventory import ledger, witness
from server.inventory.document import fill_names
from server.inventory.numbers import stock_number
from server.inventory.recall import (
    PREFIX,
    Recall,
    RecalledLot,
    RecallNotice,
    RecallPatient,
    lots_meant,
)
from server.inventory.recall_account import HOURS, accounts, deadlines, left, refuse_unbalanced
from server.inventory.recall_lock import lock_lots, unlock_lots
from server.inventory.recall_return import bring_back, collect, dispose, quarantine_place
from server.inventory.recall_trace import contacts, holdings, list_patients, notify
from server.inventory.supplier import Supplier
from server.inventory.warehouse import Warehouse, acting_for, refuse_stranger, scoped

_S, _N, _P = pb.Recall, pb.RecallNotice, pb.RecallPatient
_GRADE = _S.DESCRIPTOR.fields_by_name["grade"]


class RecallService(CrudService[Recall, pb.Recall]):
    """Keeps the recalls."""

    model = Recall
    message = pb.Recall
    page = pb.RecallList
    searches = ("number", "notice_no", "lot_nos", "reason")
    display = "number"
    code = "number"

    def start(self, call: Call, record: Recall) -> None:
        """Give the recall its number."""
        record.number = stock_number(call, PREFIX)

    def check(self, call: Call, record: Recall) -> None:
        """The lots are known; where they will be collected to is clear."""
        if record.quarantine_id:
            place = call.db.get(Warehouse, record.quarantine_id)
            if place is None or place.kind != warehouse_pb2.Warehouse.QUARANTINE:
                raise Invalid.at("quarantine_id", "请选择类型为隔离库的仓库")
        lots = lots_meant(call.db, record)
        record.item = lots[0].item
        known = {each.lot_id: each for each in record.recalled}
        record.recalled[:] = [
            known.get(lot.id) or RecalledLot(lot_id=lot.id, lot=lot, state_before=lot.state)
            for lot in lots
        ]

    def complete(self, call: Call, messages: Sequence[pb.Recall]) -> None:
        """Names and progress; of one recall also where everything is."""
        fill_names(call, messages)
        ids = [message.id for message in messages]
        recalls = {r.id: r for r in call.db.scalars(select(Recall).where(Recall.id.in_(ids)))}
        progress = _progress(call, ids)
        for message in messages:
            recall = recalls[message.id]
            _show_progress(call, recall, message, progress.get(message.id, {}))
            if call.method.name != "List":
                _locate(call, recall, message)
        witness.fill(call, messages)

    def Start(self, call: Call, request: IdRequest) -> pb.Recall:
        """Lock and tell everybody, at once."""
        recall = self.load(call, request)
        self.check(call, recall)
        if not recall.drill:
            recall.quarantine_id = quarantine_place(call, recall)
            lock_lots(call, recall)
        recall.started_at, recall.starter_id = call.now, call.user.id
        notify(call, recall)
        list_patients(call, recall)
        return self.save(call, recall)

    def File(self, call: Call, request: pb.RecallNoteRequest) -> pb.Recall:
        """Note that the plan was filed with the authority."""
        recall = self.load(call, request)
        recall.filed_at = call.now
        return self._noted(call, recall, f"备案：{request.note}")

    def Report(self, call: Call, request: pb.RecallNoteRequest) -> pb.Recall:
        """Note that progress was reported."""
        recall = self.load(call, request)
        recall.reported_at = call.now
        return self._noted(call, recall, f"报告：{request.note}")

    def _noted(self, call: Call, recall: Recall, text: str) -> pb.Recall:
        at = call.now.astimezone(numbering.SHANGHAI)
        line = f"{at:%m-%d %H:%M} {text}（{call.user.name}）"
        recall.log = "；".join(part for part in (recall.log, line) if part)[-1000:]
        return self.save(call, recall)

    def Witness(self, call: Call, request: IdRequest) -> pb.Recall:
        """A witness of a destruction confirms under his own login."""
        recall = self.load(call, request)
        witness.attest(call, recall.id, ())
        return self.save(call, recall)

    def Dispose(self, call: Call, request: pb.DisposeRequest) -> pb.Recall:
        """Return or destroy what lies in quarantine."""
        recall = self.load(call, request)
        if recall.drill:
            raise Invalid.at("way", "演练不移动库存，不需要处置，请直接关闭")
        if request.way == pb.DisposeRequest.SCRAP:
            named = (request.witness_id, request.second_witness_id)
            witness.refuse_unattested(call, recall.id, [recall], named)
        dispose(call, recall, request)
        call.reason = request.note
        return self.save(call, recall)

    def Close(self, call: Call, request: ReturnRequest) -> pb.Recall:
        """End a recall whose quantities close; a drill may end at any time."""
        recall = self.load(call, request)
        if not recall.drill:
            refuse_unbalanced(call, recall)
        return self._ended(call, recall, request.reason, _N.ENDED)

    def Revoke(self, call: Call, request: ReturnRequest) -> pb.Recall:
        """Unlock the lots and bring back what was collected."""
        recall = self.load(call, request)
        if not recall.drill:
            bring_back(call, recall)
            unlock_lots(call, recall)
        return self._ended(call, recall, request.reason, _N.CANCELLED)

    def _ended(self, call: Call, recall: Recall, reason: str, notices: int) -> pb.Recall:
        recall.ended_at, recall.conclusion = call.now, reason
        call.reason = reason
        told = select(RecallNotice).where(RecallNotice.recall_id == recall.id)
        for notice in call.db.scalars(told.where(RecallNotice.state != _N.COLLECTED)):
            notice.state = notices
        call.changed.add(call.app.registry.name_of(RecallNoticeService))
        return self.save(call, recall)


def _progress(call: Call, ids: Collection[int]) -> dict[int, dict[int, int]]:
    """How many notices of each recall stand in which state; one query."""
    chosen = (
        select(RecallNotice.recall_id, RecallNotice.state, func.count(RecallNotice.id))
        .where(RecallNotice.recall_id.in_(ids))
        .group_by(RecallNotice.recall_id, RecallNotice.state)
    )
    found: dict[int, dict[int, int]] = {}
    for recall_id, state, count in call.db.execute(chosen):
        found.setdefault(recall_id, {})[state] = count
    return found


def _show_progress(call: Call, recall: Recall, message: pb.Recall, counts: dict[int, int]) -> None:
    message.holders = sum(counts.values())
    message.acknowledged = message.holders - counts.get(_N.SENT, 0)
    message.collected = counts.get(_N.COLLECTED, 0)
    if message.holders:
        of = f"/{message.holders}"
        message.progress = f"回执{message.acknowledged}{of}，收回{message.collected}{of}"
    told = message.acknowledged == message.holders
    message.countdown = "；".join(deadlines(recall, call.now, told=told))


def _locate(call: Call, recall: Recall, message: pb.Recall) -> None:
    lots = [each.lot for each in recall.recalled]
    rows = accounts(call.db, lots)
    suppliers = {
        s.id: s.name
        for s in call.db.scalars(
            select(Supplier).where(Supplier.id.in_([x.supplier_id for x in lots]))
        )
    }
    for row, lot in zip(rows, lots, strict=True):
        row.supplier = suppliers.get(lot.supplier_id or 0, "")
    message.lots.extend(rows)
    found = holdings(call.db, [lot.id for lot in lots])
    whom = contacts(call.db, [holding.warehouse for holding in found])
    numbers = {lot.id: lot.lot_no for lot in lots}
    message.holdings.extend(
        pb.RecallHolding(
            place=h.warehouse.name, lot_no=numbers[h.lot_id], quantity=h.quantity or h.transit,
            holder=whom[h.warehouse.id], note=h.note,
        )
        for h in found
    )  # fmt: skip
    people = select(func.count(RecallPatient.id)).where(RecallPatient.recall_id == recall.id)
    message.patients = call.db.scalar(people) or 0


class RecallNoticeService(CrudService[RecallNotice, pb.RecallNotice]):
    """Shows the notices, takes receipts, collects."""

    model = RecallNotice
    message = pb.RecallNotice
    page = pb.RecallNoticeList
    searches = ("number", "lot_no")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[RecallNotice]:
        """To the user's warehouses."""
        return scoped(call, select(RecallNotice), RecallNotice.warehouse_id)

    def complete(self, call: Call, messages: Sequence[pb.RecallNotice]) -> None:
        """What the recall says, and until when to answer."""
        fill_names(call, messages)
        wanted = {message.recall_id for message in messages}
        recalls = {r.id: r for r in call.db.scalars(select(Recall).where(Recall.id.in_(wanted)))}
        for message in messages:
            recall = recalls[message.recall_id]
            message.reason, message.notice_no = recall.reason, recall.notice_no
            message.grade = facts.value_label(_GRADE, recall.grade)
            message.unit = recall.item.base_unit
            hours = HOURS[recall.grade]
            message.deadline = f"通知后{hours}小时内回执"
            if message.state == _N.SENT:
                sent = to_datetime(message.sent_at)
                message.deadline += f"，{left('', sent + timedelta(hours=hours), call.now)}"

    def turn(self, call: Call, verb: str) -> ColumnElement[bool]:
        """Only the holder answers."""
        return RecallNotice.warehouse_id.in_(acting_for(call))

    def Acknowledge(self, call: Call, request: pb.AcknowledgeRequest) -> pb.RecallNotice:
        """Take the holder's receipt: what he found, and why it is less than the books say."""
        notice = self.load(call, request)
        place = call.db.get_one(Warehouse, notice.warehouse_id)
        refuse_stranger(call, place, what="回执")
        key = ledger.Key(notice.warehouse_id, notice.lot_id)
        balance = ledger.lock(call.db, [key]).get(key)
        notice.book = balance.quantity if balance else 0
        if request.found > notice.book:
            text = f"账面只有{notice.book}，实物更多时请先盘点入账再回执"
            raise Invalid.at("found", text)
        if request.found < notice.book and not request.explanation:
            text = f"账面{notice.book}，实物{request.found}，请填写差异说明"
            raise Invalid.at("explanation", text)
        notice.found, notice.explanation = request.found, request.explanation
        notice.transit = 0
        notice.acknowledged_at, notice.acknowledger_id = call.now, call.user.id
        call.changed.add(call.app.registry.name_of(RecallService))
        return self.save(call, notice)

    def Collect(self, call: Call, request: IdRequest) -> pb.RecallNotice:
        """Take what the holder has into quarantine."""
        notice = self.load(call, request)
        if notice.drill:
            raise Invalid.at("", "演练不移动库存，回执后即完成")
        collect(call, notice)
        notice.collected_at = call.now
        if notice.recall.state == _S.ACTIVE:
            notice.recall.state = _S.COLLECTING
        call.changed.add(call.app.registry.name_of(RecallService))
        return self.save(call, notice)


class RecallPatientService(CrudService[RecallPatient, pb.RecallPatient]):
    """Shows the patients, masked unless permitted, and keeps what the follow-up calls brought."""

    model = RecallPatient
    message = pb.RecallPatient
    page = pb.RecallPatientList
    searches = ("number", "task_no", "lot_no")
    display = "task_no"
    code = "task_no"

    def visible(self, call: Call) -> Select[RecallPatient]:
        """Records that still used something."""
        return select(RecallPatient).where(RecallPatient.quantity > 0)

    def complete(self, call: Call, messages: Sequence[pb.RecallPatient]) -> None:
        """Who the patients are, out of the records; masked afterwards for most users."""
        from server.emr.tables import CaseRecord  # records refer to items

        mine = select(RecallPatient.id, RecallPatient.emr_id).where(
            RecallPatient.id.in_([message.id for message in messages])
        )
        wanted = {row[0]: row[1] for row in call.db.execute(mine)}
        chosen = select(CaseRecord).where(CaseRecord.id.in_(set(wanted.values())))
        records = {record.id: record for record in call.db.scalars(chosen)}
        for message in messages:
            record = records.get(wanted[message.id])
            if record is not None:
                message.record_no, message.name = record.record_no, record.name or ""
                message.phone = record.contact_phone or record.call_phone or ""

    def Contact(self, call: Call, request: pb.ContactRequest) -> pb.RecallPatient:
        """Note a follow-up call."""
        patient = self.load(call, request)
        patient.state = _P.REACHED if request.reached else _P.UNREACHED
        patient.outcome, patient.contacted_at = request.outcome, call.now
        patient.contacter_id = call.user.id
        return self.save(call, patient)
