"""Goods of a posted receipt sent back to their supplier (入库退库)."""

from collections.abc import Mapping

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos.inventory import receipt_pb2, stock_pb2, warehouse_pb2
from protos.inventory import supplier_return_pb2 as pb
from server.core.call import Call
from server.core.errors import Invalid
from server.inventory import ledger
from server.inventory.backward import BackBill, BackLine, BackService, Source
from server.inventory.ledger import Key
from server.inventory.ledger_tables import Account, Move
from server.inventory.receipt import Receipt
from server.inventory.supplier import Supplier
from server.inventory.warehouse import scoped, usable

_BROUGHT = (stock_pb2.Move.PURCHASED, stock_pb2.Move.RECEIVED_OTHER)


class SupplierReturn(BackBill):
    """The header; a receipt's own lots leave the warehouse they came into, or quarantine."""

    __tablename__ = "inventory_supplier_return"

    receipt_id: Mapped[int] = mapped_column(ForeignKey(Receipt.id), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey(Supplier.id), index=True)
    red_invoice_no: Mapped[str] = mapped_column(String(40), default="")

    lines: Mapped[list["SupplierReturnLine"]] = relationship(
        cascade="all, delete-orphan", order_by="SupplierReturnLine.position", back_populates="bill"
    )


class SupplierReturnLine(BackLine):
    """A part of one lot received, sent back."""

    __tablename__ = "inventory_supplier_return_line"

    return_id: Mapped[int] = mapped_column(ForeignKey(SupplierReturn.id), index=True)

    bill: Mapped[SupplierReturn] = relationship(back_populates="lines")

    @property
    def place(self) -> int:
        """Where its goods lie: in the bill's warehouse, which may be a quarantine store."""
        return self.bill.warehouse_id


def leaves_from(call: Call, bill: SupplierReturn, receipt: Receipt) -> int:
    """Where the goods lie: the receipt's warehouse, or the quarantine store the bill names."""
    if bill.warehouse_id in (None, receipt.warehouse_id):
        return receipt.warehouse_id
    place = usable(call, bill.warehouse_id, "warehouse_id")
    if place.kind != warehouse_pb2.Warehouse.QUARANTINE:
        text = f"只能从原入库仓库或隔离库退给供应商，{place.name}的请先退库或移入隔离"
        raise Invalid.at("warehouse_id", text)
    return place.id


class SupplierReturnService(BackService[SupplierReturn, pb.SupplierReturn]):
    """Keeps the returns to suppliers; approving one posts it."""

    model = SupplierReturn
    message = pb.SupplierReturn
    page = pb.SupplierReturnList
    line = SupplierReturnLine
    prefix = "RT"
    move_code = stock_pb2.Move.RETURNED_TO_SUPPLIER
    verb = "退库"
    searches = ("number", "reason", "red_invoice_no", "remark")

    def visible(self, call: Call) -> Select[SupplierReturn]:
        """Returns out of the user's warehouses."""
        return scoped(call, select(SupplierReturn), SupplierReturn.warehouse_id)

    def source(self, call: Call, bill: SupplierReturn) -> Source:
        """The receipt, once it was posted."""
        receipt = call.db.get(Receipt, bill.receipt_id)
        if receipt is None or receipt.state != receipt_pb2.Receipt.POSTED:
            raise Invalid.at("receipt_id", "只能退已入账的入库单，请重新选择")
        if receipt.kind == receipt_pb2.Receipt.OPENING:
            raise Invalid.at("receipt_id", "期初入库没有供应商可退，录错的请用红冲")
        usable(call, receipt.warehouse_id, "receipt_id")
        bill.supplier_id = receipt.supplier_id
        lines = [line.id for line in receipt.lines]
        chosen = select(Move).where(Move.line_id.in_(lines), Move.code.in_(_BROUGHT))
        moves = list(call.db.scalars(chosen.order_by(Move.id)))
        return Source(receipt, moves, leaves_from(call, bill, receipt))

    def there(self, call: Call, source: Source) -> Mapping[int, int]:
        """Out of quarantine, what lies there and nothing more."""
        if source.place == source.bill.warehouse_id:
            return {}
        keys = [Key(source.place, move.lot_id) for move in source.moves]
        lying = {key.lot_id: b.available for key, b in ledger.lock(call.db, keys).items()}
        return {key.lot_id: lying.get(key.lot_id, 0) for key in keys}

    def target(self, call: Call, bill: SupplierReturn, line: BackLine) -> int:
        """Off the books, to the supplier."""
        return Account.SUPPLIER
