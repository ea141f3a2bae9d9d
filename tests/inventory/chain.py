"""The stock world as a chain: centre, sub-centre, station, the doctor's own store."""

from collections.abc import Callable
from typing import Any

from protos.admin import role_pb2
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import requisition_pb2 as pb
from protos.inventory import warehouse_pb2
from server.core.run import Running
from tests.inventory.world import DOCTOR, HEAD, ISSUE, KEEPER, World, day, named
from tests.people import Clerk

ASK = "inventory.RequisitionService."
STATION = "inventory.StationApprovalService."
SUB_CENTER = "inventory.SubCenterApprovalService."
CENTER = "inventory.CenterApprovalService."
ASKING = ("inventory.requisition.read", "inventory.requisition.write")
_W = warehouse_pb2.Warehouse


def deciding(level: str) -> tuple[str, ...]:
    """What an approver of a level may do."""
    record = f"inventory.requisition_{level}"
    return (f"{record}.read", f"{record}.approve", "inventory.requisition.read")


class Chain(World):
    """People at every level; goods go down, requisitions up."""

    def __init__(
        self, server: Running, someone: Callable[..., Clerk], *, goods: bool = True
    ) -> None:
        def hire(*permissions: str, **values: Any) -> Clerk:
            more = {
                KEEPER: (*ASKING, *_MORE),
                HEAD: (*deciding("center"), *_HEADS),
                DOCTOR: (*ASKING, *_HOLDER),
            }
            return someone(*permissions, *more[permissions], **values)

        super().__init__(server, hire)
        self.station_head = someone(
            *deciding("station"), *ASKING, name="赵站长", scope=role_pb2.Role.DEPARTMENT,
            department_id=self.doctor.who.department_id,
        )  # fmt: skip
        self.sub_head = someone(
            *deciding("sub_center"), *ASKING, name="钱主任", scope=role_pb2.Role.DEPARTMENT
        )
        self.sub_keeper = someone(
            *DOCTOR, name="周库管", scope=role_pb2.Role.DEPARTMENT,
            department_id=self.sub_head.who.department_id,
        )  # fmt: skip
        self.sub = self.warehouse(
            "FZX", "分中心库", _W.SUB_CENTER, self.sub_head.who.department_id,
            parent_id=self.centre,
        )  # fmt: skip
        self._place(self.station, self.sub)
        self._place(self.own, self.station)
        if goods:
            self.received(self.line("L1", 400, 20), self.line("L2", 600, 10))

    def _place(self, warehouse: int, parent: int) -> None:
        at = self.keeper("inventory.WarehouseService.Get", IdRequest(id=warehouse))
        at.parent_id = parent
        self.keeper("inventory.WarehouseService.Update", at)

    def asked(
        self, quantity: int, clerk: Clerk | None = None, place: int = 0, **values: Any
    ) -> pb.Requisition:
        """A submitted requisition of adrenaline, by default the doctor's for his own store."""
        clerk = clerk or self.doctor
        line = pb.RequisitionLine(item_id=values.pop("item", self.adrenaline), quantity=quantity)
        draft = pb.Requisition(
            warehouse_id=place or self.own, business_on=day(0), lines=[line], **values
        )
        return clerk(ASK + "Submit", named(clerk(ASK + "Create", draft)))

    def decided(
        self, clerk: Clerk, service: str, id: int, granted: int, forwarded: int, why: str = ""
    ) -> pb.RequisitionReview:
        """The approval of a one-line requisition with these quantities."""
        seen = clerk(service + "Get", IdRequest(id=id))
        line = seen.lines[0]
        line.granted, line.forwarded, line.cut_reason = granted, forwarded, why
        seen = clerk(service + "Update", seen)
        return clerk(service + "Approve", named(seen))

    def child(self, id: int) -> pb.Requisition:
        """What was forwarded of a requisition."""
        asked = ListRequest(filters=[Filter(field="parent_id", values=[str(id)])])
        (row,) = self.keeper(ASK + "List", asked).rows
        return self.keeper(ASK + "Get", IdRequest(id=row.id))

    def served(self, id: int, receiver: Clerk) -> pb.Requisition:
        """A requisition prepared, sent and taken on."""
        seen = self.keeper(ASK + "Get", IdRequest(id=id))
        seen = self.keeper(ASK + "Prepare", named(seen))
        issue = self.waiting_issue(id, "APPROVED")
        sent = self.keeper(ISSUE + "Post", named(issue))
        receiver(ISSUE + "Receive", named(sent))
        return self.keeper(ASK + "Get", IdRequest(id=id))

    def waiting_issue(self, requisition: int, state: str) -> Any:
        """The issue that serves a requisition, in that state."""
        asked = ListRequest(
            filters=[
                Filter(field="requisition_id", values=[str(requisition)]),
                Filter(field="state", values=[state]),
            ]
        )
        (row,) = self.keeper(ISSUE + "List", asked).rows
        return row


_MORE = (
    "inventory.recall_notice.read", "inventory.recall_notice.acknowledge",
    "inventory.recall.collect", "inventory.trace_code.read", "inventory.consumption.read",
    "inventory.consumption.resolve",
)  # fmt: skip
_HOLDER = ("inventory.recall_notice.read", "inventory.recall_notice.acknowledge")
_HEADS = (
    "inventory.recall.read", "inventory.recall.write", "inventory.recall.start",
    "inventory.recall.close",
    "inventory.recall.dispose", "inventory.recall_notice.read", "inventory.recall.collect",
    "inventory.recall_patient.read", "inventory.recall_patient.write",
)  # fmt: skip
