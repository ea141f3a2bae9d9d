"""收费日报: what a cashier took on a day, summed, ticked by another, confirmed, locked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from protos.common.list_pb2 import IdRequest
from protos.finance import daily_pb2 as pb
from server.admin.person import Person
from server.core import numbering
from server.core.call import Call
from server.core.crud import CrudService
from server.core.duty import refuse_other, refuse_self
from server.core.errors import BusinessError, Forbidden, Invalid
from server.core.numbering import shanghai_date
from server.core.scope import within
from server.finance import payment, summing
from server.finance.day_sheet import DaySheet, DaySheetCorrection, DaySheetLine

_STATE = pb.DailyReport
APPROVE = "finance.daily.approve"


def count_cash(report: DaySheet) -> None:
    """Let the difference follow the cash due and handed in."""
    handed = report.cash_handed
    report.difference = 0 if handed is None else handed - report.cash_due


def refuse_unready(report: DaySheet) -> None:
    """Handing in needs the cash counted, and a reason where it is short or over; never blocked."""
    if report.cash_handed is None:
        raise Invalid.at("cash_handed", "请填写实交现金，没有现金填0")
    if report.difference and not report.difference_reason:
        raise Invalid.at("difference_reason", "现金有长短款，请填写原因")


def unticked(report: DaySheet) -> list[DaySheetLine]:
    """Bills neither ticked nor explained."""
    return [line for line in report.lines if not line.ticked and not line.note]


class DailyReportService(CrudService[DaySheet, pb.DailyReport]):
    """Gathers, hands in, checks, corrects, locks."""

    model = DaySheet
    message = pb.DailyReport
    page = pb.DailyReportList
    searches = ("number", "remark")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[DaySheet]:
        """Reports of the user's departments, and the user's own."""
        return within(call, select(DaySheet), DaySheet.department_id, DaySheet.cashier_id)

    def complete(self, call: Call, messages: Sequence[pb.DailyReport]) -> None:
        """Name the cashiers, for print."""
        ids = {message.cashier_id for message in messages}
        people = call.db.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
        names = {row[0]: row[1] for row in people}
        for message in messages:
            message.cashier_name = names.get(message.cashier_id, "")

    def makers(self, verb: str) -> Sequence[Any]:
        """The cashier, and who proposed the correction."""
        if verb != "ApproveCorrection":
            return (DaySheet.cashier_id,)
        asked = select(DaySheetCorrection.requester_id).where(
            DaySheetCorrection.report_id == DaySheet.id
        )
        newest = asked.order_by(DaySheetCorrection.id.desc()).limit(1)
        return (DaySheet.cashier_id, newest.correlate(DaySheet).scalar_subquery())

    def start(self, call: Call, record: DaySheet) -> None:
        """Number the report of a day that is not to come; one for each cashier and day."""
        record.cashier_id = record.cashier_id or call.user.id
        cashier = call.db.get(Person, record.cashier_id)
        if cashier is None:
            raise Invalid.at("cashier_id", "没有这位收费员")
        if record.day_on > shanghai_date(call.now) + timedelta(days=1):
            raise Invalid.at("day_on", "不能生成以后日期的日报")
        record.department_id = cashier.department_id
        same = select(DaySheet).where(
            DaySheet.cashier_id == record.cashier_id, DaySheet.day_on == record.day_on
        )
        if other := call.db.scalars(same).first():
            raise Invalid.at("day_on", f"这一天已有日报{other.number}，请打开那一张")
        record.number = numbering.document_number(call, "RB")
        record.lines = []

    def Create(self, call: Call, request: pb.DailyReport) -> pb.DailyReport:
        """Gather the day's payments into a new report."""
        del request.lines[:]
        made = super().Create(call, request)
        return self._regather(call, self.find(call, made.id, lock=True))

    def Update(self, call: Call, request: pb.DailyReport) -> pb.DailyReport:
        """The cashier's figures in a draft, another person's ticks after it was handed in."""
        report = self.load(call, request)
        refuse_foreign(report, request)
        if report.state == _STATE.SUBMITTED:
            self._tick(call, report, request.lines)
        else:
            _fill_in(report, request)
        count_cash(report)
        return self.save(call, report)

    def _tick(self, call: Call, report: DaySheet, lines: Sequence[pb.DailyLine]) -> None:
        refuse_checker(call, report)
        known = {line.id: line for line in report.lines}
        for line in lines:
            if line.id in known:
                known[line.id].ticked, known[line.id].note = line.ticked, line.note.strip()
        report.ticked = sum(line.ticked for line in report.lines)

    def TickAll(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """Tick every bill."""
        report = self.load(call, request)
        refuse_checker(call, report)
        for line in report.lines:
            line.ticked = True
        report.ticked = len(report.lines)
        return self.save(call, report)

    def Refresh(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """Gather again."""
        return self._regather(call, self.load(call, request))

    def _regather(self, call: Call, report: DaySheet) -> pb.DailyReport:
        payment.desk_of(call, report.cashier_id)
        summing.gather(call.db, report)
        call.changed.add("finance.PaymentService")
        count_cash(report)
        return self.save(call, report)

    def Submit(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """Hand the day in: it is gathered once more and closed; later money counts for the next."""
        report = self.load(call, request)
        desk = payment.desk_of(call, report.cashier_id)
        summing.gather(call.db, report)
        call.changed.add("finance.PaymentService")
        count_cash(report)
        refuse_unready(report)
        desk.closed_until_on = max(desk.closed_until_on, report.day_on)
        report.submitted_at, report.returned_reason = call.now, ""
        return self.save(call, report)

    def Withdraw(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """The cashier takes the report back to go on with the day."""
        report = self.load(call, request)
        refuse_other(call, report.cashier_id)
        if any(line.ticked for line in report.lines):
            raise BusinessError("审核人已开始勾选，不能撤回，请联系审核人退回")
        self._open_day(call, report)
        return self.save(call, report)

    def Return(self, call: Call, request: pb.DailyReasonRequest) -> pb.DailyReport:
        """Give the report back to the cashier."""
        report = self.load(call, request)
        refuse_checker(call, report)
        self._open_day(call, report)
        report.returned_reason = call.reason = request.reason
        return self.save(call, report)

    def _open_day(self, call: Call, report: DaySheet) -> None:
        """Let money of the day be taken again."""
        desk = payment.desk_of(call, report.cashier_id)
        if desk.closed_until_on == report.day_on:
            desk.closed_until_on -= timedelta(days=1)

    def Approve(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """Every bill is ticked or explained."""
        report = self.load(call, request)
        refuse_checker(call, report)
        if left := unticked(report):
            first = left[0].charge_no
            raise BusinessError(f"还有{len(left)}单没有勾选（{first}），请勾选或写明说明")
        report.checker_id = call.user.id
        return self.save(call, report)

    def Confirm(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """The money arrived."""
        report = self.load(call, request)
        refuse_checker(call, report)
        summing.prove(report)
        report.confirmer_id = call.user.id
        return self.save(call, report)

    def Correct(self, call: Call, request: pb.CorrectRequest) -> pb.DailyReport:
        """Propose another figure of the cash handed in."""
        report = self.load(call, request)
        report.corrections.append(
            DaySheetCorrection(
                before=report.cash_handed or 0, after=request.cash_handed, reason=request.reason,
                requester_id=call.user.id, requested_at=call.now, outcome="待审核",
            )
        )  # fmt: skip
        call.reason = request.reason
        return self.save(call, report)

    def ApproveCorrection(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """Apply the proposed figure; never by who proposed it."""
        report = self.load(call, request)
        proposed = self._decide(call, report, "同意")
        report.cash_handed = proposed.after
        report.difference_reason = proposed.reason
        count_cash(report)
        return self.save(call, report)

    def RejectCorrection(self, call: Call, request: pb.DailyReasonRequest) -> pb.DailyReport:
        """Leave the figure as it was."""
        report = self.load(call, request)
        self._decide(call, report, f"不同意：{request.reason}")
        call.reason = request.reason
        return self.save(call, report)

    def _decide(self, call: Call, report: DaySheet, outcome: str) -> DaySheetCorrection:
        proposed = report.corrections[-1]
        refuse_self(call, proposed.requester_id)
        refuse_self(call, report.cashier_id)
        proposed.approver_id, proposed.outcome = call.user.id, outcome
        return proposed

    def Lock(self, call: Call, request: IdRequest) -> pb.DailyReport:
        """Nothing of the day changes any more; later errors are corrected on a later day."""
        return self.save(call, self.load(call, request))


def refuse_checker(call: Call, report: DaySheet) -> None:
    """Checking is for who may approve, and not for the cashier."""
    if not call.user.may(APPROVE):
        raise Forbidden("日报已提交，只有审核人员可以勾选；要改请审核人退回")
    refuse_self(call, report.cashier_id)


def refuse_foreign(report: DaySheet, request: pb.DailyReport) -> None:
    """Refuse what may not be changed now: bills and head always, money and remarks once handed in.

    Ticks are for the time after handing in.
    """
    if (request.day_on, request.cashier_id) != (report.day_on.isoformat(), report.cashier_id):
        raise Invalid.at("day_on", "日期和收费员不能改，请另建一张日报")
    ticks = {line.id: line.ticked for line in request.lines}
    if set(ticks) != {line.id for line in report.lines}:
        raise Invalid.at("lines", "收费任务由系统汇总，不能增加或删除；请重新打开日报")
    if report.state == _STATE.DRAFT:
        if any(line.ticked != ticks[line.id] for line in report.lines):
            raise Invalid.at("lines", "提交以后由审核人勾选")
        return
    handed = request.cash_handed if request.HasField("cash_handed") else None
    entered = (handed, request.difference_reason.strip(), request.remark.strip())
    if entered != (report.cash_handed, report.difference_reason, report.remark):
        raise Invalid.at("cash_handed", "已提交的日报只能勾选和写说明；金额和备注请退回后再改")


def _fill_in(report: DaySheet, request: pb.DailyReport) -> None:
    has = request.HasField("cash_handed")
    report.cash_handed = request.cash_handed if has else None
    report.difference_reason = request.difference_reason.strip()
    report.remark = request.remark.strip()
    notes = {line.id: line.note.strip() for line in request.lines}
    for line in report.lines:
        line.note = notes.get(line.id, line.note)
