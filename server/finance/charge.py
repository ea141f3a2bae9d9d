"""Charging: bills made of tasks, changed, reduced, paid, owed or given up."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select

from protos.finance import charge_pb2 as pb
from protos.finance.payment_pb2 import Payment as Way
from server.core import numbering
from server.core.call import Call
from server.core.crud import CrudService
from server.core.duty import refuse_self
from server.core.errors import BusinessError, Invalid
from server.core.scope import within
from server.dispatch.task import Task
from server.finance import payment
from server.finance.bill import (
    FAR,
    Charge,
    ChargeLine,
    compute,
    count_money,
    measure,
    refuse_unexplained,
)
from server.finance.price import PriceItem, PriceList
from server.finance.run import Run, run_of


class ChargeService(CrudService[Charge, pb.Charge]):
    """Makes bills of tasks and takes the money."""

    model = Charge
    message = pb.Charge
    page = pb.ChargeList
    searches = ("charge_no", "task_code", "invoice_no", "plate", "driver", "doctor", "hospital")
    display = "charge_no"
    code = "charge_no"
    details = ("plate", "hospital")

    def visible(self, call: Call) -> Select[Charge]:
        """Bills of the user's departments, and the user's own."""
        return within(call, select(Charge), Charge.station_id, Charge.cashier_id)

    def opened(self, call: Call, record_ids: Collection[int]) -> Collection[int]:
        """Who takes the money knows from whom."""
        if everything := super().opened(call, record_ids):
            return everything
        own = select(Charge.id).where(Charge.id.in_(record_ids))
        return list(call.db.scalars(own.where(Charge.cashier_id == call.user.id)))

    def Propose(self, call: Call, request: pb.ProposeRequest) -> pb.Charge:
        """The bill of a task by what is known of it."""
        run = run_of(call, request.task_id, next_order(call, request.task_id))
        charge = self._begun(call, run)
        refuse_second(call, run, charge.patient_order)
        with call.db.no_autoflush:
            charge.lines = [_asked(code, quantity) for code, quantity in run.proposed]
            measure(charge, run.km)
            compute(charge, run.tariff)
        charge.notice = notice_of(charge, run)
        message: pb.Charge = self.mapping.to_message(charge)  # type: ignore[assignment]
        message.id = message.version = 0
        for line in message.lines:
            line.id = 0
        call.personal_reads.append(run.task.id)  # the name is shown to who collects
        return message

    def _begun(self, call: Call, run: Run) -> Charge:
        charge = Charge(
            patient_order=next_order(call, run.task.id), sex=run.sex, age=run.age,
            hospital=run.task.send_place, run_type=run.run_type, payer_type=pb.Charge.SELF,
            charge_km=0, waiting_minutes=0, edit_reason="",
        )  # fmt: skip
        charge.patient_name, charge.origin = run.patient_name, run.origin
        self._take_run(charge, run, call)
        return charge

    def _take_run(self, charge: Charge, run: Run, call: Call) -> None:
        charge.task_id, charge.task_code = run.task.id, run.task.task_code
        charge.service_on, charge.price_list_id = run.service_on, run.tariff.id
        charge.station_id, charge.plate = run.task.station_id, run.task.plate
        charge.driver, charge.doctor = run.driver, run.doctor
        charge.cashier_id, charge.charged_at = call.user.id, call.now
        charge.payments, charge.reduction = [], 0

    def start(self, call: Call, record: Charge) -> None:
        """Number the bill and take over what the task says."""
        task_id = record.task_id or 0
        record.patient_order = record.patient_order or next_order(call, task_id)
        run = run_of(call, task_id, record.patient_order)
        self._take_run(record, run, call)
        refuse_second(call, run, record.patient_order)
        record.slot = f"{run.task.id}-{record.patient_order}"
        record.charge_no = numbering.document_number(call, "SF", 5)
        if "*" in (record.patient_name or ""):  # shown masked, sent back masked
            record.patient_name = run.patient_name
        if "*" in (record.origin or ""):
            record.origin = run.origin
        record.notice = notice_of(record, run)

    def check(self, call: Call, record: Charge) -> None:
        """Price the bill."""
        tariff = call.db.get_one(PriceList, record.price_list_id)
        name_codes(call, record)
        task = call.db.get_one(Task, record.task_id)
        measure(record, task.km_emergency)
        compute(record, tariff)

    def Update(self, call: Call, request: pb.Charge) -> pb.Charge:
        """Change an unpaid bill; another amount needs its reason. Task and patient stay."""
        charge = self.load(call, request)
        before = (charge.due, charge.charge_km)
        reason = charge.edit_reason
        request.task_id, request.patient_order = charge.task_id or 0, charge.patient_order
        answer = super().Update(call, request)
        refuse_unexplained(charge, before, reason)
        call.reason = charge.edit_reason
        return answer

    def Reduce(self, call: Call, request: pb.ReduceRequest) -> pb.Charge:
        """Take a reduction off, decided by somebody else than the cashier."""
        charge = self.load(call, request)
        refuse_self(call, charge.cashier_id, what="减免")
        if request.amount > charge.due:
            raise Invalid.at("amount", "减免不能超过应收")
        charge.reduction, charge.reduction_kind = request.amount, request.kind
        charge.payable = charge.due - charge.reduction
        charge.reason = call.reason = request.reason
        return self.save(call, charge)

    def Settle(self, call: Call, request: pb.SettleRequest) -> pb.Charge:
        """Take all that is open, by up to three ways."""
        charge = self.load(call, request)
        self._take(call, charge, request.payments, whole=True)
        charge.arrears = 0
        return self.save(call, charge)

    def Collect(self, call: Call, request: pb.SettleRequest) -> pb.Charge:
        """Take a part of what is open."""
        charge = self.load(call, request)
        self._take(call, charge, request.payments, whole=False)
        return self.save(call, charge)

    def _take(self, call: Call, charge: Charge, parts: Sequence[Way], *, whole: bool) -> None:
        if faults := list(payment.split_faults(parts, charge.open_amount, whole)):
            raise Invalid(*faults)
        payment.refuse_known_trades(call, parts)
        charge.money_on = payment.money_day(call, call.user.id)
        charge.payments += payment.take(call, charge.id, parts, charge.money_on)
        charge.cashier_id, charge.charged_at = call.user.id, call.now
        count_money(charge)
        call.changed.add("finance.PaymentService")

    def Owe(self, call: Call, request: pb.ChargeReasonRequest) -> pb.Charge:
        """Leave what is open to be paid later."""
        charge = self.load(call, request)
        charge.arrears = charge.open_amount
        charge.reason = call.reason = request.reason
        charge.money_on = payment.money_day(call, call.user.id)
        charge.cashier_id, charge.charged_at = call.user.id, call.now
        return self.save(call, charge)

    def Void(self, call: Call, request: pb.ChargeReasonRequest) -> pb.Charge:
        """Give up a bill nothing was paid on; the task may be charged again."""
        charge = self.load(call, request)
        charge.slot = None
        charge.reason = call.reason = request.reason
        return self.save(call, charge)


def name_codes(call: Call, charge: Charge) -> None:
    """Find the code of each line's item: a bill of an earlier day has an earlier version's."""
    wanted = [line.price_item_id for line in charge.lines]
    items = call.db.scalars(select(PriceItem).where(PriceItem.id.in_(wanted)))
    known = {item.id: item.code for item in items}
    for row, line in enumerate(charge.lines):
        if line.price_item_id not in known:
            raise Invalid.at(f"lines[{row}].price_item_id", "没有这个收费项目，请重新选择")
        line.code = known[line.price_item_id]


def _asked(code: str, quantity: int) -> ChargeLine:
    return ChargeLine(code=code, quantity=quantity)


def next_order(call: Call, task_id: int) -> int:
    """The next patient of a task without a bill."""
    counting = select(func.count(Charge.id)).where(
        Charge.task_id == task_id, Charge.slot.is_not(None)
    )
    return (call.db.scalar(counting) or 0) + 1


def refuse_second(call: Call, run: Run, order: int) -> None:
    """One bill for each patient of a task."""
    there = select(Charge).where(Charge.slot == f"{run.task.id}-{order}")
    other = call.db.scalars(there).first()
    if other is None and order > max(run.task.treated_count, 1):
        there = select(Charge).where(Charge.task_id == run.task.id, Charge.slot.is_not(None))
        other = call.db.scalars(there.order_by(Charge.id.desc())).first()
    if other is not None:
        raise BusinessError(f"这个任务的患者已有收费单{other.charge_no}，请打开那一张")


def notice_of(charge: Charge, run: Run) -> str:
    """What the cashier should look at."""
    parts = [f"没有定价、未计入：{'、'.join(run.unpriced)}"] if run.unpriced else []
    if not run.has_record:
        parts.append("病历还没有提交，药品、耗材和治疗请核对补入")
    if max(charge.charge_km or 0, run.km) > FAR:
        parts.append(f"超过{FAR // 10}公里，请核对路码")
    return "；".join(parts)[:400]
