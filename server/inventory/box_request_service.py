"""The services of box requests: the pages that decide and follow them, and the box platform."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from protos.common.list_pb2 import IdRequest
from protos.inventory import box_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.approval import Outcome, decide
from server.core.call import Call
from server.core.crud import CrudService
from server.core.duty import refuse_self
from server.core.errors import BusinessError, Invalid, NotFound
from server.inventory import box_swap, witness
from server.inventory.box import Box, BoxService, content, seal
from server.inventory.box_request import BoxRequest, by_number, decision_faults, fill, taken
from server.inventory.codes import Code
from server.inventory.document import fill_names
from server.inventory.quarantine import issuing
from server.inventory.refusals import SameSecond, refuse
from server.inventory.warehouse import Warehouse, scoped

_S = pb.BoxRequest
_OTHER_MODE: dict[int, str] = {
    _S.REFILL: "这是换箱单，请按“换箱”",
    _S.SWAP: "这是补箱单：换箱和红冲只用于换箱单；补箱请按“补箱出库”，已完成的差错请盘点药箱",
}


class BoxRequestService(CrudService[BoxRequest, pb.BoxRequest]):
    """Shows, decides and carries out the requests."""

    model = BoxRequest
    message = pb.BoxRequest
    page = pb.BoxRequestList
    searches = ("number", "request_no", "plate")
    display = "number"
    code = "number"

    def visible(self, call: Call) -> Select[BoxRequest]:
        """Of the user's boxes, or filled from the user's stores."""
        chosen = select(BoxRequest).join(Box, Box.id == BoxRequest.box_id)
        return scoped(call, chosen, Box.warehouse_id, BoxRequest.source_id)

    def makers(self, verb: str) -> Sequence[Any]:
        """Who asked in the name of the platform."""
        return (BoxRequest.maker_id,)

    def complete(self, call: Call, messages: Sequence[pb.BoxRequest]) -> None:
        """Names for print, whether the witness has confirmed; of one request the box by lot."""
        fill_names(call, messages)
        witness.fill(call, messages)
        if call.method.name == "List":
            return
        for message in messages:
            message.content.extend(content(call, call.db.get_one(Box, message.box_id)))

    def check(self, call: Call, record: BoxRequest) -> None:
        """Cuts and differences are explained; a loss of controlled drugs has a witness.

        To exchange a box, the full one that takes its place is chosen.
        """
        box_swap.check(call, record)
        refuse(list(decision_faults(record.lines)))
        lost = [line for line in record.lines if line.difference > 0 and line.item.controlled]
        if lost and not record.witness_id:
            raise Invalid.at("witness_id", "麻醉和第一类精神药品有差异，要填写见证人")
        if lost and record.witness_id == call.user.id:
            raise SameSecond("见证人不能是审批人本人")

    def Update(self, call: Call, request: pb.BoxRequest) -> pb.BoxRequest:
        """Write the decision on each line; no line may be added or left out."""
        known = [line.id for line in self.find(call, request.id).lines]
        if sorted(line.id for line in request.lines) != sorted(known):
            raise Invalid.at("lines", "审批只能改核定数量，不能增减行，请刷新后重填")
        return super().Update(call, request)

    def Witness(self, call: Call, request: IdRequest) -> pb.BoxRequest:
        """A witness confirms under his own login; not who made or carries it out."""
        record = self.load(call, request)
        witness.attest(call, record.id, (record.maker_id,))
        return self.save(call, record)

    def Approve(self, call: Call, request: IdRequest) -> pb.BoxRequest:
        """Let the box be filled as the lines say."""
        record = self.load(call, request)
        refuse_self(call, record.maker_id)
        self.check(call, record)
        lost = [line for line in record.lines if line.difference > 0]
        witness.refuse_unattested(call, record.id, lost, [record.witness_id])
        if decide(call, record, record.maker_id) is Outcome.PENDING:
            return self.save(call, record, move=False)
        record.approver_id, record.approved_at = call.user.id, call.now
        return self.save(call, record)

    def Reject(self, call: Call, request: ReturnRequest) -> pb.BoxRequest:
        """Give nothing, for a reason; the platform reads it."""
        record = self.load(call, request)
        decide(call, record, record.maker_id, approved=False, comment=request.reason)
        record.approver_id, record.approved_at = call.user.id, call.now
        record.returned_reason = call.reason = request.reason
        return self.save(call, record)

    def Post(self, call: Call, request: IdRequest) -> pb.BoxRequest:
        """Fill the box."""
        record = self._of_mode(call, request, _S.REFILL)
        fill(call, record, self._store(call, record))
        return self.save(call, record)

    def Swap(self, call: Call, request: IdRequest) -> pb.BoxRequest:
        """Take the opened box in, let the full one take its place."""
        record = self._of_mode(call, request, _S.SWAP)
        box_swap.exchange(call, record, self._store(call, record))
        call.changed.add(call.app.registry.name_of(BoxService))
        return self.save(call, record)

    def Reverse(self, call: Call, request: ReturnRequest) -> pb.BoxRequest:
        """Undo an exchange, or a refill not sealed yet, for a reason; not by who carried it out."""
        record = self.load(call, request)
        refuse_self(call, record.poster_id or 0)
        if record.mode == _S.SWAP:
            box_swap.undo(call, record, request.reason)
        elif record.state == _S.ISSUED:
            box_swap.unfill(call, record, request.reason)
        else:
            raise BusinessError(f"药箱已封签，补箱不能再红冲；多补的请开箱后退库（{Code.STATE}）")
        record.returned_reason = call.reason = request.reason
        call.changed.add(call.app.registry.name_of(BoxService))
        return self.save(call, record)

    def _of_mode(self, call: Call, request: IdRequest | ReturnRequest, mode: int) -> BoxRequest:
        record = self.load(call, request)
        if record.mode != mode:
            raise BusinessError(_OTHER_MODE[mode])
        return record

    def _store(self, call: Call, record: BoxRequest) -> Warehouse:
        if not record.source_id:
            raise Invalid.at("source_id", "药箱没有上级库，请退回重核并填写补货仓库")
        return issuing(call, record.source_id, "source_id")

    def Seal(self, call: Call, request: pb.SealRequest) -> pb.BoxRequest:
        """Close the box under a new seal; it is ready again."""
        record = self.load(call, request)
        cut = {line.item_id for line in record.lines if line.cut_reason}
        seal(call, record.box, request.seal_no, cut)
        record.box.state, record.seal_new = pb.Box.READY, request.seal_no
        call.changed.add(call.app.registry.name_of(BoxService))
        return self.save(call, record)


class BoxPlatformService:
    """What the box platform calls."""

    contract = pb.DESCRIPTOR

    def SubmitBoxRequest(self, call: Call, request: pb.PlatformRequest) -> pb.PlatformAnswer:
        """Take a request in, once."""
        record = taken(call, request)
        call.changed.add("inventory.BoxRequestService")
        return _answer(record)

    def BoxRequestResult(self, call: Call, request: pb.PlatformQuestion) -> pb.PlatformAnswer:
        """How far a request is."""
        record = by_number(call.db, request.request_no)
        if record is None:
            raise NotFound(f"没有申领号{request.request_no}，请先提交")
        return _answer(record)


def _answer(record: BoxRequest) -> pb.PlatformAnswer:
    return pb.PlatformAnswer(
        request_no=record.request_no, number=record.number, state=record.state,  # type: ignore[arg-type]
        seal_no=record.seal_new, reason=record.returned_reason,
        lines=[
            pb.PlatformResult(
                item_code=line.item.code, requested=line.requested, approved=line.approved,
                cut_reason=line.cut_reason,
            )
            for line in record.lines
        ],
        mode=record.mode,  # type: ignore[arg-type]
        replacement_no=record.replacement.box_no if record.replacement else "",
    )  # fmt: skip
