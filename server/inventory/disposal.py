"""Goods nobody may use any more: approved, then destroyed before two witnesses."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos import facts
from protos.common.list_pb2 import IdRequest
from protos.inventory import disposal_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking, witness
from server.inventory.codes import Code
from server.inventory.document import Bill, BillService, measure, posted, total
from server.inventory.ledger import Account, Balance, Entry, Origin
from server.inventory.lot import note_destroyed
from server.inventory.refusals import SameSecond
from server.inventory.taking import TakenLine, reserve, the_lot
from server.inventory.warehouse import Warehouse, scoped, usable


class Disposal(Bill):
    """The header; what is reserved for it can no longer be used."""

    __tablename__ = "inventory_disposal"

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    cause: Mapped[int]
    amount: Mapped[int] = mapped_column(default=0)  # fen
    method: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(60), default="")
    witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    second_witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))

    lines: Mapped[list["DisposalLine"]] = relationship(
        cascade="all, delete-orphan", order_by="DisposalLine.position"
    )


class DisposalLine(TakenLine):
    """Units of one lot to be destroyed."""

    __tablename__ = "inventory_disposal_line"

    disposal_id: Mapped[int] = mapped_column(ForeignKey(Disposal.id), index=True)
    note: Mapped[str] = mapped_column(String(60), default="")


def all_expired(call: Call, warehouse_id: int) -> list[DisposalLine]:
    """A line for each expired lot of a warehouse, all that is free of it."""
    expired = select(Balance).where(
        Balance.warehouse_id == warehouse_id,
        Balance.quantity > Balance.reserved,
        Balance.expires_on < shanghai_date(call.now),
    )
    balances = call.db.scalars(expired.order_by(Balance.expires_on, Balance.lot_id)).all()
    if not balances:
        raise BusinessError("这个仓库没有已过期的批次，请在明细里填写要作废的物资")
    return [
        DisposalLine(
            item_id=b.item_id, item=b.lot.item, lot_id=b.lot_id, lot=b.lot, unit="",
            quantity=b.available, position=position, note="",
        )
        for position, b in enumerate(balances, 1)
    ]  # fmt: skip


def refuse_witnesses(call: Call, disposal: Disposal, request: pb.ExecuteRequest) -> None:
    """Two different witnesses, neither of whom destroys or asked for it."""
    if request.witness_id == request.second_witness_id:
        raise SameSecond("两位监销人不能是同一人")
    for name in ("witness_id", "second_witness_id"):
        witness = getattr(request, name)
        if witness in (call.user.id, disposal.maker_id):
            raise Invalid.at(name, f"监销人不能是制单人或登记人，请另选（{Code.SAME_HAND}）")
        if call.db.get(Person, witness) is None:
            raise Invalid.at(name, "没有这个人，请重新选择")


def scrap(call: Call, disposal: Disposal) -> None:
    """Take what was destroyed off the books."""
    picking.release(call.db, disposal.warehouse_id, disposal.lines)
    label = facts.value_label(pb.Disposal.DESCRIPTOR.fields_by_name["cause"], disposal.cause)
    moves = ledger.post(
        call,
        Origin("disposal", disposal.id, "post", disposal.number or "",
               second_operator_id=disposal.witness_id or 0),
        [
            Entry(stock_pb2.Move.SCRAPPED, the_lot(line), disposal.warehouse_id, Account.SCRAP,
                  line.base_quantity, line.id, f"{label} {line.note}".strip(), unit=line.unit,
                  factor=line.factor)
            for line in disposal.lines
        ],
    )  # fmt: skip
    note_destroyed(
        call, list({the_lot(line).id: the_lot(line) for line in disposal.lines}.values())
    )
    for line, move in zip(disposal.lines, moves, strict=True):
        line.amount = move.amount
    disposal.amount = total(disposal.lines, lambda line: line.amount)
    posted(call, disposal)


class DisposalService(BillService[Disposal, pb.Disposal]):
    """Keeps the disposals."""

    model = Disposal
    message = pb.Disposal
    page = pb.DisposalList
    prefix = "ZF"

    def visible(self, call: Call) -> Select[Disposal]:
        """Disposals out of the user's warehouses."""
        return scoped(call, select(Disposal), Disposal.warehouse_id)

    def check(self, call: Call, record: Disposal) -> None:
        """The warehouse is the user's; without lines every expired lot is meant."""
        usable(call, record.warehouse_id, "warehouse_id")
        if not record.lines:
            record.lines[:] = all_expired(call, record.warehouse_id)
        measure(call, record.lines, kept=True)

    def prepare(self, call: Call, bill: Disposal) -> None:
        """Reserve the lots, whatever their state, so that nobody uses them meanwhile."""
        lines = list(bill.lines)
        reserve(call, bill.warehouse_id, lines, lambda _: None, any_state=True)
        bill.lines[:] = lines
        bill.amount = total(bill.lines, lambda line: line.amount)

    def release(self, call: Call, bill: Disposal) -> None:
        """Give the reserved lots up."""
        picking.release(call.db, bill.warehouse_id, bill.lines)

    def Witness(self, call: Call, request: IdRequest) -> pb.Disposal:
        """A witness confirms under his own login; not who made or carries it out."""
        record = self.load(call, request)
        witness.attest(call, record.id, (record.maker_id, record.submitter_id))
        return self.save(call, record)

    def complete(self, call: Call, messages: Sequence[pb.Disposal]) -> None:
        """Names, and which witnesses have confirmed."""
        super().complete(call, messages)
        witness.fill(call, messages)

    def Execute(self, call: Call, request: pb.ExecuteRequest) -> pb.Disposal:
        """Note how, where and before whom it was destroyed, and take it off the books."""
        disposal = self.load(call, request)
        refuse_witnesses(call, disposal, request)
        named = (request.witness_id, request.second_witness_id)
        witness.refuse_unattested(call, disposal.id, disposal.lines, named)
        disposal.method, disposal.place = request.method, request.place
        disposal.witness_id = request.witness_id
        disposal.second_witness_id = request.second_witness_id
        scrap(call, disposal)
        return self.save(call, disposal)
