"""Goods nobody may use any more: approved, then destroyed before two witnesses."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos import facts
from protos.common.list_pb2 import IdRequest
from protos.inventory import disposal_pb2 as pb
from protos.inventory import stock_pb2, warehouse_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory import ledger, picking, witness
from server.inventory.codes import Code
from server.inventory.document import Bill, BillService, measure, posted
from server.inventory.ledger import Entry, Key, Origin
from server.inventory.ledger_tables import Account, Balance
from server.inventory.lot import note_destroyed
from server.inventory.quarantine import quarantine_of
from server.inventory.refusals import SameSecond
from server.inventory.taking import TakenLine, reserve, the_lot, value
from server.inventory.warehouse import Warehouse, scoped, usable


class Disposal(Bill):
    """The header; what it names lies promised in quarantine from submission on."""

    __tablename__ = "inventory_disposal"

    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    cause: Mapped[int]
    amount: Mapped[int] = mapped_column(default=0)  # fen
    method: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(60), default="")
    shut_id: Mapped[int | None] = mapped_column(ForeignKey(Warehouse.id), index=True)
    witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    second_witness_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))

    @property
    def controlled(self) -> bool:
        """Whether narcotics or first-class psychotropics are among it."""
        return any(line.item.controlled for line in self.lines)

    @property
    def lying(self) -> int:
        """Where the goods lie."""
        return self.shut_id or self.warehouse_id

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


def shut_away(call: Call, disposal: Disposal) -> None:
    """Move what is to be destroyed into quarantine, promised there, so that nobody uses it."""
    store = call.db.get_one(Warehouse, disposal.warehouse_id)
    if store.kind == warehouse_pb2.Warehouse.QUARANTINE:
        disposal.shut_id = store.id
        return
    picking.release(call.db, store.id, disposal.lines)
    disposal.shut_id = quarantine_of(call, store).id
    _carry(call, disposal, stock_pb2.Move.QUARANTINED, store.id, disposal.shut_id)
    promise(call, disposal)


def promise(call: Call, disposal: Disposal) -> None:
    """Reserve the lines where they lie in quarantine."""
    keys = [Key(disposal.lying, line.lot_id or 0) for line in disposal.lines]
    balances = ledger.lock(call.db, keys)
    for key, line in zip(keys, disposal.lines, strict=True):
        balances[key].reserved += line.base_quantity


def bring_back(call: Call, disposal: Disposal) -> None:
    """Give the promise up and move everything back where it came from."""
    place, disposal.shut_id = disposal.lying, None
    picking.release(call.db, place, disposal.lines)
    if place != disposal.warehouse_id:
        _carry(call, disposal, stock_pb2.Move.RELEASED, place, disposal.warehouse_id)


def _carry(call: Call, disposal: Disposal, code: int, source: int, target: int) -> None:
    """Move all lines between store and quarantine; a bill may go to and fro several times."""
    hands = {disposal.maker_id, *witness.attested(call, disposal.id)} - {call.user.id}
    going = code == stock_pb2.Move.QUARANTINED
    origin = Origin(
        "disposal", disposal.id, "shut" if going else "back", disposal.number or "",
        disposal.version, second_operator_id=min(hands, default=0),
        occurred_at=disposal.occurred_at if going else None,
    )  # fmt: skip
    why = _why(disposal) if going else "作废撤回"
    ledger.post(call, origin, [
        Entry(code, the_lot(line), source, target, line.base_quantity, line.id, why)
        for line in disposal.lines
    ])  # fmt: skip


def _why(disposal: Disposal) -> str:
    return facts.value_label(pb.Disposal.DESCRIPTOR.fields_by_name["cause"], disposal.cause)


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
    picking.release(call.db, disposal.lying, disposal.lines)
    moves = ledger.post(
        call,
        Origin("disposal", disposal.id, "post", disposal.number or "",
               second_operator_id=disposal.witness_id or 0),
        [
            Entry(stock_pb2.Move.SCRAPPED, the_lot(line), disposal.lying, Account.SCRAP,
                  line.base_quantity, line.id, f"{_why(disposal)} {line.note}".strip(),
                  unit=line.unit, factor=line.factor)
            for line in disposal.lines
        ],
    )  # fmt: skip
    note_destroyed(
        call, list({the_lot(line).id: the_lot(line) for line in disposal.lines}.values())
    )
    value(disposal, moves)
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
        """Choose the lots, whatever their state."""
        reserve(call, bill.warehouse_id, bill, any_state=True)

    def handed_in(self, call: Call, bill: Disposal) -> None:
        """Move it into quarantine; controlled drugs once a witness has confirmed, till then they
        are promised where they lie.
        """
        if not bill.controlled:
            call.db.flush()
            shut_away(call, bill)

    def release(self, call: Call, bill: Disposal) -> None:
        """Everything goes back."""
        bring_back(call, bill)

    def Witness(self, call: Call, request: IdRequest) -> pb.Disposal:
        """A witness confirms under his own login; not who made or carries it out."""
        record = self.load(call, request)
        witness.attest(call, record.id, (record.maker_id, record.submitter_id))
        if record.shut_id is None:
            shut_away(call, record)
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
