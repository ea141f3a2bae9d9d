"""The work list of uses not issued yet: those no store could cover are settled line by line."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from protos import facts
from protos.common.list_pb2 import IdRequest
from protos.inventory import consumption_pb2 as pb
from protos.inventory import warehouse_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.call import Call
from server.core.errors import BusinessError, Invalid, Stale, WrongState
from server.core.reading import ReadService
from server.inventory.codes import Code
from server.inventory.consumption import match, propose, settle, settle_line
from server.inventory.consumption_record import Consumption, ConsumptionLine, unsettled, waits
from server.inventory.item import Item
from server.inventory.ledger_tables import LAST_ACCOUNT, Balance
from server.inventory.quarantine import issuing
from server.inventory.refusals import Insufficient, LockedByCount, SameSecond
from server.inventory.warehouse import Warehouse, mine

_L = ConsumptionLine
_FIELD = pb.ConsumptionException.DESCRIPTOR.fields_by_name["state"]
_SHOWN = 4  # stores named as having the item


class ConsumptionExceptionService(ReadService[ConsumptionLine, pb.ConsumptionException]):
    """Shows and settles the uses that are short; the version is that of the whole issue."""

    model = ConsumptionLine
    message = pb.ConsumptionException
    page = pb.ConsumptionExceptionList
    display = "id"

    def visible(self, call: Call) -> Select[ConsumptionLine]:
        """Open lines of issues out of the user's warehouses, and of the user's own records."""
        chosen = select(_L).where(unsettled())
        if call.user.departments is None:
            return chosen
        header = select(Consumption.id).where(
            (Consumption.doctor_id == call.user.id) | Consumption.warehouse_id.in_(mine(call))
        )
        return chosen.where(_L.consumption_id.in_(header))

    def complete(self, call: Call, messages: Sequence[pb.ConsumptionException]) -> None:
        """What the header says, how much is missing, and which stores have the item."""
        lines = {
            line.id: line
            for line in call.db.scalars(select(_L).where(_L.id.in_([m.id for m in messages])))
        }
        wanted = {line.consumption_id for line in lines.values()}
        chosen = select(Consumption).where(Consumption.id.in_(wanted))
        headers = {header.id: header for header in call.db.scalars(chosen)}
        where = _lying(call, [line.item_id for line in lines.values() if line.item_id])
        held = waits(call.db, list(lines))
        for message in messages:
            line = lines[message.id]
            message.note = held.get(line.id, message.note)
            header = headers[line.consumption_id]
            message.version, message.number = header.version, header.number
            message.task_no, message.doctor_id = header.task_no, header.doctor_id
            message.missing, message.unit = line.missing, line.unit
            message.state = line.state  # type: ignore[assignment]
            message.searched = where.get(line.item_id or 0, "管理范围内都没有库存")

    def Resolve(self, call: Call, request: pb.ResolveLineRequest) -> pb.ConsumptionException:
        """Issue what the line misses from a store and lot of choice, all of it."""
        line, header = self._load(call, request)
        source = issuing(call, request.warehouse_id)
        if line.item is None:
            raise BusinessError(
                f"这是未对照的物资，请先按“对照物资”选择实际用的物资（{Code.NOT_BOUND}）"
            )
        if line.item.controlled:
            propose(call, header, line, source.id, request.lot_id)
        else:
            _issue(call, header, line, source, request.lot_id)
        return self.answer(call, line)

    def Confirm(self, call: Call, request: IdRequest) -> pb.ConsumptionException:
        """The second hand: what another proposed of a controlled drug is issued."""
        line, header = self._load(call, request)
        if line.proposer_id is None:
            raise BusinessError("还没有人提请补出库，请先按“补出库”选择仓库")
        if line.proposer_id == call.user.id:
            raise SameSecond("麻精药品补出库的提请人和复核人")
        source = call.db.get_one(Warehouse, line.proposed_from_id)
        _issue(call, header, line, source, line.proposed_lot_id, line.proposer_id)
        line.note = "已双人补出库"
        return self.answer(call, line)

    def Dismiss(self, call: Call, request: ReturnRequest) -> pb.ConsumptionException:
        """Settle that nothing more was used than was issued."""
        line, header = self._load(call, request)
        line.note = f"病历有误：{request.reason}"[:80]
        line.dismissed += line.missing
        call.reason = request.reason
        settle(call, header)
        return self.answer(call, line)

    def Match(self, call: Call, request: pb.MatchRequest) -> pb.ConsumptionException:
        """Say which item was meant; it is issued like any other."""
        line, header = self._load(call, request)
        item = call.db.get(Item, request.item_id)
        if item is None:
            raise Invalid.at("item_id", "没有这种物资，请重新选择")
        if line.issued:
            raise BusinessError("这一行已经出过库，不能改物资，请修改病历")
        match(call, header, line, item)
        return self.answer(call, line)

    def _load(self, call: Call, request: Any) -> tuple[ConsumptionLine, Consumption]:
        line = self.find(call, request.id, lock=True)
        chosen = select(Consumption).where(Consumption.id == line.consumption_id)
        header = call.db.scalars(chosen.with_for_update()).one()
        if header.version != request.version:
            raise Stale
        allowed = {int(self.message.State.Value(name)) for name in call.rpc.from_states}
        if int(line.state) not in allowed:
            label = facts.value_label(_FIELD, line.state)
            raise WrongState(f"{label}的记录不能{call.rpc.label}，请刷新查看它现在的状态")
        return line, header


def _issue(
    call: Call,
    header: Consumption,
    line: ConsumptionLine,
    source: Warehouse,
    lot_id: int,
    second: int = 0,
) -> None:
    """Issue all that the line misses, or nothing."""
    wanted, what = line.missing, f"{source.name}的{line.item.title if line.item else ''}"
    settle_line(call, header, line, source.id, lot_id, second)
    if line.waits_for:
        raise LockedByCount(what)
    if line.missing:
        raise Insufficient(what, wanted - line.missing, wanted, line.unit)


def _lying(call: Call, item_ids: Sequence[int]) -> dict[int, str]:
    """Which of the user's stores have each item, the fullest first; one query."""
    chosen = (
        select(Balance.item_id, Warehouse.name, Balance.quantity - Balance.reserved)
        .join(Warehouse, Warehouse.id == Balance.warehouse_id)
        .where(Balance.item_id.in_(item_ids), Balance.quantity > Balance.reserved)
        .where(Warehouse.id.in_(mine(call)), Balance.warehouse_id > LAST_ACCOUNT)
        .where(Warehouse.kind != warehouse_pb2.Warehouse.QUARANTINE)
    )
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for item_id, name, units in call.db.execute(chosen):
        found[item_id][name] += units
    return {
        item_id: "、".join(
            f"{name}{units}" for name, units in sorted(by.items(), key=lambda p: -p[1])[:_SHOWN]
        )
        for item_id, by in found.items()
    }
