"""The page of automatic issues, and how those short of stock are settled."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from protos.inventory import consumption_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.call import Call
from server.core.crud import CrudService
from server.core.errors import BusinessError
from server.inventory.consumption import settle
from server.inventory.consumption_record import Consumption, ConsumptionLine, waits
from server.inventory.quarantine import issuing
from server.inventory.refusals import Insufficient, LockedByCount, SameSecond
from server.inventory.warehouse import Warehouse, mine


class ConsumptionService(CrudService[Consumption, pb.Consumption]):
    """Shows the automatic issues and settles those short of stock."""

    model = Consumption
    message = pb.Consumption
    page = pb.ConsumptionList
    searches = ("number", "task_no")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[Consumption]:
        """Those out of the user's warehouses, and of the user's own records."""
        if call.user.departments is None:
            return select(Consumption)
        own = Consumption.doctor_id == call.user.id
        return select(Consumption).where(own | Consumption.warehouse_id.in_(mine(call)))

    def complete(self, call: Call, messages: Sequence[pb.Consumption]) -> None:
        """Which stocktake a line waits for."""
        lines = [line for message in messages for line in message.lines]
        held = waits(call.db, [line.id for line in lines]) if lines else {}
        for line in lines:
            line.note = held.get(line.id, line.note)

    def Resolve(self, call: Call, request: pb.ResolveRequest) -> pb.Consumption:
        """Issue what no store could cover from another warehouse, all of it."""
        consumption = self.load(call, request)
        source = issuing(call, request.warehouse_id)
        short = [line for line in consumption.lines if line.short]
        if any(line.item and line.item.controlled for line in short):
            raise SameSecond(
                "有麻醉或第一类精神药品，须双人补出库，请在“自动出库待处理差异”逐行提请和复核"
            )
        wanted = {line.id: line.missing for line in short}
        settle(call, consumption, source)
        for line in consumption.lines:
            if line.id in wanted and line.missing:
                raise _refusal(line, source, wanted[line.id])
        return self.save(call, consumption, move=False)

    def Dismiss(self, call: Call, request: ReturnRequest) -> pb.Consumption:
        """Settle that nothing more is to be issued, for a reason."""
        consumption = self.load(call, request)
        for line in consumption.lines:
            if line.short:
                line.note = f"核销：{request.reason}"[:80]
                line.dismissed += line.missing
        call.reason = request.reason
        settle(call, consumption)
        return self.save(call, consumption, move=False)


def _refusal(line: ConsumptionLine, source: Warehouse, wanted: int) -> BusinessError:
    if line.item is None:
        return BusinessError("有未对照的物资，不能补出库，请核销差异")
    what = f"{source.name}的{line.item.title}"
    if line.waits_for:
        return LockedByCount(what)
    return Insufficient(what, wanted - line.missing, wanted, line.unit)
