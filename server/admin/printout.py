"""The print log: each print of a document with its bytes' digest and what came of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from protos import facts
from protos.admin import printout_pb2 as pb
from server.admin.department import Department
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Model, Record
from server.core.errors import BusinessError, Forbidden, Invalid, Stale
from server.core.reading import ReadService
from server.core.scope import within

_STATE = pb.Printout
_RESULTS = (_STATE.PRINTED, _STATE.FAILED, _STATE.UNSURE)


class Printout(Record):
    """One print. Only the result is written later, once; no RPC changes or removes a row."""

    __tablename__ = "admin_printout"
    __table_args__ = (Index("ix_admin_printout_of", "record_id", "service", "template"),)

    printed_at: Mapped[datetime] = mapped_column(index=True)
    staff_no: Mapped[str] = mapped_column(String(20))
    user_name: Mapped[str] = mapped_column(String(40))
    department_id: Mapped[int] = mapped_column(ForeignKey(Department.id), index=True)
    workstation: Mapped[str] = mapped_column(String(80))
    queue: Mapped[str] = mapped_column(String(127))
    document: Mapped[str] = mapped_column(String(40))
    service: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int]
    number: Mapped[str] = mapped_column(String(40), index=True)
    template: Mapped[str] = mapped_column(String(60))
    print_no: Mapped[int]
    copies: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(80))
    job: Mapped[str] = mapped_column(String(140), default="")
    result: Mapped[str] = mapped_column(String(200), default="")
    finished_at: Mapped[datetime | None]
    state: Mapped[int] = mapped_column(default=_STATE.SENT)


def wants_reason(service: str, printed: int) -> bool:
    """Whether a further print of such a record is explained: vouchers and signed documents are."""
    known = facts.service(service)
    return printed > 0 and (facts.of_service(known).bill or facts.is_signed(known))


def name_of(template: str) -> str:
    """A template without its version: a new version is the same document."""
    return template.partition(" ")[0]


class PrintoutService(CrudService[Printout, pb.Printout]):
    """Keeps the log, and says whether a document may be printed once more."""

    model = Printout
    message = pb.Printout
    page = pb.PrintoutList
    searches = ("number", "user_name", "staff_no", "queue", "reason")
    display = "number"

    def visible(self, call: Call) -> Select[Printout]:
        """The prints of the user's departments, and the user's own."""
        return within(call, select(Printout), Printout.department_id, Printout.created_by)

    def History(self, call: Call, request: pb.PrintHistoryRequest) -> pb.PrintHistory:
        """The prints of a document the user may read, the newest first."""
        record = _record(call, request.service, request.record_id)
        chosen = _prints(request).order_by(Printout.printed_at.desc(), Printout.id.desc())
        rows = [self.mapping.to_message(row) for row in call.db.scalars(chosen.limit(50))]
        printed = _count(call, request)
        refusal = ""
        try:
            _service(call, request.service).refuse_print(call, record, printed)
        except BusinessError as error:
            refusal = str(error)
        return pb.PrintHistory(
            rows=rows,  # type: ignore[arg-type]
            printed=printed,
            wants_reason=wants_reason(request.service, printed),
            refusal=refusal,
            decisions=_service(call, request.service).decisions(call, record),
        )

    def Begin(self, call: Call, request: pb.BeginPrintRequest) -> pb.Printout:
        """Note a print before it is sent. Who draws it knows how often it was printed."""
        record = _record(call, request.service, request.record_id, lock=True)
        printed = _count(call, request)
        if printed != request.printed:
            raise Stale("这份单据刚刚又打印过，请重新打开预览再打")
        if wants_reason(request.service, printed) and not request.reason.strip():
            raise Invalid.at("reason", "再次打印请写明原因")
        _service(call, request.service).refuse_print(call, record, printed)
        made = Printout(
            printed_at=call.now, staff_no=call.user.staff_no, user_name=call.user.name,
            department_id=call.user.department_id, workstation=call.workstation[:80],
            queue=request.queue, document=facts.of_service(facts.service(request.service)).label,
            service=request.service, record_id=request.record_id, number=request.number,
            template=request.template, print_no=printed + 1, copies=request.copies,
            digest=request.digest, reason=request.reason.strip(), state=_STATE.SENT,
            created_at=call.now, created_by=call.user.id, updated_at=call.now,
        )  # fmt: skip
        call.reason = made.reason
        call.db.add(made)
        return self.save(call, made)

    def Finish(self, call: Call, request: pb.FinishPrintRequest) -> pb.Printout:
        """Note what came of a print, once, by who began it."""
        record = call.db.get(Printout, request.id)
        if record is None or record.created_by != call.user.id:
            raise Forbidden("只能登记本人的打印结果")
        if request.state not in _RESULTS:
            raise Invalid.at("state", "请选择打印结果")
        record = self.load(call, request)
        record.state, record.finished_at = request.state, call.now
        record.job, record.result = request.job, request.result
        record.queue = request.queue or record.queue
        return self.save(call, record)


def _service(call: Call, name: str) -> ReadService[Model, pb.Printout]:
    return call.app.registry.records(name)


def _record(call: Call, name: str, record_id: int, *, lock: bool = False) -> Model:
    """The record if this user may read it."""
    service = _service(call, name)
    method = facts.service(name).methods_by_name["Get"]
    if not call.user.may(facts.of_rpc(method).permission):
        raise Forbidden("没有权限打印这类单据")
    return service.find(call, record_id, lock=lock)


def _prints(request: pb.PrintHistoryRequest | pb.BeginPrintRequest) -> Select[Printout]:
    name = name_of(request.template)
    return select(Printout).where(
        Printout.record_id == request.record_id,
        Printout.service == request.service,
        (Printout.template == name) | Printout.template.startswith(f"{name} ", autoescape=True),
    )


def _count(call: Call, request: pb.PrintHistoryRequest | pb.BeginPrintRequest) -> int:
    """How many prints came out, or may have: what nobody saw fail counts."""
    came = _prints(request).where(Printout.state != _STATE.FAILED)
    return call.db.scalar(select(func.count()).select_from(came.subquery())) or 0
