"""Goods taken into a warehouse: draft, submitted, approved by another person, posted."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from protos import facts, reckoning
from protos.common.list_pb2 import IdRequest
from protos.facts import Fault
from protos.inventory import receipt_pb2 as pb
from protos.inventory import stock_pb2
from server.admin.person import Person
from server.core.call import Call
from server.core.errors import Invalid
from server.core.numbering import shanghai_date
from server.inventory import controlled, ledger, trace
from server.inventory.category import Category
from server.inventory.codes import Code
from server.inventory.document import (
    Bill,
    BillLine,
    BillService,
    measure,
    posted,
    storage_faults,
    total,
)
from server.inventory.ledger import Entry, Origin
from server.inventory.ledger_tables import Account, Lot
from server.inventory.refusals import SameSecond, refuse
from server.inventory.supplier import Supplier
from server.inventory.warehouse import Warehouse, scoped, usable

_AMOUNT = pb.ReceiptLine.DESCRIPTOR.fields_by_name["amount"]
_CODES: dict[int, tuple[int, Account]] = {
    pb.Receipt.PURCHASE: (stock_pb2.Move.PURCHASED, Account.SUPPLIER),
    pb.Receipt.OPENING: (stock_pb2.Move.OPENED, Account.OPENING),
    pb.Receipt.DONATION: (stock_pb2.Move.RECEIVED_OTHER, Account.SUPPLIER),
    pb.Receipt.OTHER: (stock_pb2.Move.RECEIVED_OTHER, Account.SUPPLIER),
    pb.Receipt.INSURANCE: (stock_pb2.Move.PURCHASED, Account.SUPPLIER),
    pb.Receipt.RETURN: (stock_pb2.Move.RECEIVED_OTHER, Account.SUPPLIER),
}
_L = pb.ReceiptLine
_BOUGHT = (pb.Receipt.PURCHASE, pb.Receipt.INSURANCE)
LEAST_LIFE = 3  # a lot with less than a third of its shelf life left is pointed out
PRICE_BAND = 30  # per cent a price may differ from the last one without being pointed out


class Receipt(Bill):
    """The header of a receipt."""

    __tablename__ = "inventory_receipt"

    kind: Mapped[int]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey(Warehouse.id), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey(Supplier.id), index=True)
    invoice_no: Mapped[str] = mapped_column(String(40), default="", index=True)
    invoice_on: Mapped[date | None]
    invoice_amount: Mapped[int | None]  # fen; none: no invoice yet
    delivery_no: Mapped[str] = mapped_column(String(40), default="")
    acceptor_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    second_acceptor_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    amount: Mapped[int] = mapped_column(default=0)  # fen
    notice: Mapped[str] = mapped_column(String(400), default="")

    lines: Mapped[list["ReceiptLine"]] = relationship(
        cascade="all, delete-orphan", order_by="ReceiptLine.position"
    )


class ReceiptLine(BillLine):
    """One lot received; prices are for one of the line's units."""

    __tablename__ = "inventory_receipt_line"

    receipt_id: Mapped[int] = mapped_column(ForeignKey(Receipt.id), index=True)
    lot_no: Mapped[str] = mapped_column(String(40), default="")
    produced_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    price: Mapped[int] = mapped_column(default=0)  # fen
    retail_price: Mapped[int] = mapped_column(default=0)  # fen
    trace_codes: Mapped[str] = mapped_column(String(4000), default="")
    certificate_no: Mapped[str] = mapped_column(String(40), default="")
    appearance: Mapped[int] = mapped_column(default=0)
    import_no: Mapped[str] = mapped_column(String(40), default="")
    conclusion: Mapped[int] = mapped_column(default=_L.PASSED)

    @property
    def manufacturer(self) -> str:
        """For print."""
        return self.item.manufacturer

    @property
    def approval_no(self) -> str:
        """For print."""
        return self.item.approval_no


def header_faults(receipt: Receipt) -> Iterator[Fault]:
    """What the kind of receipt asks for."""
    if receipt.kind in _BOUGHT and not receipt.supplier_id:
        yield Fault("supplier_id", "采购入库和医保物资入库要填写供应商")
    if receipt.kind not in _BOUGHT and not receipt.remark:
        yield Fault("remark", "期初、赠送、退回和其他入库要在备注里写明原因和来处")
    if receipt.invoice_amount and not receipt.invoice_no:
        yield Fault("invoice_no", "填了发票金额就要填写发票号")
    if receipt.invoice_no and not receipt.supplier_id:
        yield Fault("supplier_id", "填了发票号就要填写供应商")


def line_faults(row: int, line: ReceiptLine, today: date) -> Iterator[Fault]:
    """What a line must say of its lot."""
    where = f"lines[{row}]."
    if line.item.lot_managed and not line.lot_no:
        yield Fault(where + "lot_no", f"{line.item.title}要填写批号")
    if line.item.expiry_managed and not line.expires_on:
        yield Fault(where + "expires_on", f"{line.item.title}要填写有效期")
    if line.expires_on and line.expires_on <= today:
        yield Fault(
            where + "expires_on", f"有效期至{line.expires_on}，已到期的不能入库，请退回供应商"
        )
    if line.produced_on and line.produced_on > today:
        yield Fault(where + "produced_on", "生产日期不能晚于今天")
    if line.produced_on and line.expires_on and line.produced_on >= line.expires_on:
        yield Fault(where + "expires_on", "有效期要晚于生产日期")


def conclude(line: ReceiptLine, *, to_inspect: bool) -> None:
    """Without a conclusion the goods are good, or wait for inspection where their category asks."""
    if not line.conclusion:
        line.conclusion = _L.PENDING if to_inspect else _L.PASSED


def acceptance_faults(row: int, line: ReceiptLine, *, to_inspect: bool) -> Iterator[Fault]:
    """A conclusion the goods or their category do not allow."""
    where, what = f"lines[{row}].conclusion", line.item.title
    if line.conclusion == _L.FAILED:
        text = f"{what}验收不合格不能入库：删去这一行当场退给供应商，或改为“待检”先存放"
        yield Fault(where, text)
    if line.conclusion == _L.PASSED and line.appearance not in (None, 0, _L.INTACT):
        yield Fault(where, f"{what}外观不完好，不能当场判合格；请改为“待检”，由质检验收")
    if line.conclusion == _L.PASSED and to_inspect:
        yield Fault(where, f"{what}所属类别规定先待检，请改为“待检”，之后在“批次与标签”页验收")


def categories_to_inspect(call: Call, lines: Iterable[ReceiptLine]) -> set[int]:
    """The categories of the lines whose goods are inspected before use, by themselves or above."""
    wanted = {line.item.category_id for line in lines}
    paths = select(Category.id, Category.path).where(Category.id.in_(wanted))
    strict = set(call.db.scalars(select(Category.path).where(Category.inspected)))
    return {row[0] for row in call.db.execute(paths) if any(map(row[1].startswith, strict))}


def lot_faults(receipt: Receipt, lots: Iterable[Lot]) -> Iterator[Fault]:
    """A maker's lot has one expiry date, whenever it comes."""
    known = {(lot.item_id, lot.lot_no): lot.expires_on for lot in lots}
    for row, line in enumerate(receipt.lines):
        other = known.setdefault((line.item_id, line.lot_no), line.expires_on)
        if line.lot_no and other != line.expires_on:
            text = f"批号{line.lot_no}已登记有效期至{other or '无'}，请核对"
            yield Fault(f"lines[{row}].expires_on", text)


def refuse_one_acceptor(receipt: Receipt) -> None:
    """Controlled drugs are accepted by two people."""
    if not any(line.item.controlled for line in receipt.lines):
        return
    pair = {receipt.acceptor_id, receipt.second_acceptor_id}
    if None in pair:
        raise Invalid.at("second_acceptor_id", "麻醉和第一类精神药品要填写两位验收人")
    if len(pair) == 1:
        raise SameSecond("两位验收人不能是同一人")


def notices(receipt: Receipt, last: dict[int, Lot], today: date) -> Iterator[str]:
    """What an approver should look at: unusual prices, short remaining life.

    ``last`` is the newest lot of each item, by item id.
    """
    for row, line in enumerate(receipt.lines, 1):
        if _is_far(line, last.get(line.item_id)):
            yield f"第{row}行单价与上次相差超过{PRICE_BAND}%"
        life = line.item.shelf_life_days
        if life and line.expires_on and (line.expires_on - today).days * LEAST_LIFE < life:
            yield f"第{row}行剩余有效期不足三分之一"
        if line.item.trace_required and not line.trace_codes and receipt.kind in _BOUGHT:
            yield f"第{row}行没有采集追溯码"
    apart = receipt.invoice_amount - receipt.amount if receipt.invoice_amount else 0
    if apart:
        more = "多" if apart > 0 else "少"
        yield f"发票金额比明细合计{more}{facts.decimal(abs(apart), 2)}元"


def _is_far(line: ReceiptLine, last: Lot | None) -> bool:
    if last is None or not last.price:
        return False
    now, before = line.price * last.factor, last.price * line.factor
    return abs(now - before) * 100 > before * PRICE_BAND


def lot_of(call: Call, receipt: Receipt, line: ReceiptLine) -> Lot:
    """The lot a line brings: a batch of its own, with its price."""
    until = f"（至{line.expires_on}）" if line.expires_on else ""
    pending = line.conclusion == _L.PENDING
    return Lot(
        item_id=line.item_id, item=line.item, lot_no=line.lot_no,
        title=f"{line.lot_no or '无批号'}{until}", produced_on=line.produced_on,
        expires_on=line.expires_on, received_on=shanghai_date(call.now),
        supplier_id=receipt.supplier_id,
        receipt_line_id=line.id, price=line.price, retail_price=line.retail_price,
        factor=line.factor,
        state=stock_pb2.Lot.QUARANTINE if pending else stock_pb2.Lot.NORMAL,
        note="入库待检" if pending else "",
        created_at=call.now, created_by=call.user.id, updated_at=call.now,
    )  # fmt: skip


def post(call: Call, receipt: Receipt) -> None:
    """Bring the goods on the books of the warehouse."""
    code, account = _CODES[receipt.kind]
    lots = [lot_of(call, receipt, line) for line in receipt.lines]
    call.db.add_all(lots)
    call.db.flush()
    scanned = [tuple(trace.parse(line.trace_codes)) for line in receipt.lines]
    for lot, line, codes in zip(lots, receipt.lines, scanned, strict=True):
        if codes:
            trace.bring(call.db, lot, codes, line.base_quantity, account)
    ledger.post(
        call,
        Origin("receipt", receipt.id, "post", receipt.number or "",
               second_operator_id=receipt.approver_id or 0, occurred_at=receipt.occurred_at),
        [
            Entry(code, lot, account, receipt.warehouse_id, line.base_quantity, line.id,
                  receipt.remark[:80], line.amount, codes=codes, unit=line.unit, factor=line.factor)
            for lot, line, codes in zip(lots, receipt.lines, scanned, strict=True)
        ],
    )  # fmt: skip
    posted(call, receipt)


class ReceiptService(BillService[Receipt, pb.Receipt]):
    """Keeps the receipts."""

    model = Receipt
    message = pb.Receipt
    page = pb.ReceiptList
    prefix = "RK"
    searches = ("number", "invoice_no", "delivery_no", "remark")
    details = ("business_on", "invoice_no")

    def visible(self, call: Call) -> Select[Receipt]:
        """Receipts into the user's warehouses."""
        return scoped(call, select(Receipt), Receipt.warehouse_id)

    def selectable(self, call: Call) -> Select[Receipt]:
        """Those posted: bills that refer to a receipt send goods of it back."""
        return self.visible(call).where(Receipt.state == pb.Receipt.POSTED)

    def check(self, call: Call, record: Receipt) -> None:
        """Header, lines, lots and invoice are in order; amounts follow."""
        refuse(list(header_faults(record)))
        warehouse = usable(call, record.warehouse_id, "warehouse_id")
        measure(call, record.lines)
        day = shanghai_date(call.now)
        faults = [f for row, line in enumerate(record.lines) for f in line_faults(row, line, day)]
        faults += self._accepted(call, record)
        lots = _lots(call, record)
        faults += lot_faults(record, lots)
        faults += trace_faults(call, record)
        refuse([*faults, *storage_faults(record.lines, warehouse)])
        refuse_one_acceptor(record)
        self._refuse_known_invoice(call, record)
        for line in record.lines:
            line.amount = reckoning.product(_AMOUNT, line)
        record.amount = total(record.lines, lambda line: line.amount)
        record.notice = "；".join(notices(record, {lot.item_id: lot for lot in lots}, day))[:400]

    def _accepted(self, call: Call, record: Receipt) -> list[Fault]:
        strict = categories_to_inspect(call, record.lines)
        faults: list[Fault] = []
        for row, line in enumerate(record.lines):
            to_inspect = line.item.category_id in strict
            conclude(line, to_inspect=to_inspect)
            faults += acceptance_faults(row, line, to_inspect=to_inspect)
        return faults

    def _refuse_known_invoice(self, call: Call, record: Receipt) -> None:
        if not record.invoice_no:
            return
        same = select(Receipt).where(
            Receipt.id != record.id,
            Receipt.supplier_id == record.supplier_id,
            Receipt.invoice_no == record.invoice_no,
            Receipt.state != pb.Receipt.VOID,
            Receipt.red == 0,  # what was reversed in red is entered anew, corrected
        )
        other = call.db.scalars(same).first()
        if other is not None:
            text = (
                f"重复单据：这张发票已在入库单{other.number or '（暂存）'}里，"
                f"请核对（{Code.DUPLICATE}）"
            )
            raise Invalid.at("invoice_no", text)

    def Approve(self, call: Call, request: IdRequest) -> pb.Receipt:
        """Approve what somebody else made; controlled drugs are a pharmacist's to approve."""
        controlled.refuse_unqualified(call, self.find(call, request.id).lines)
        return super().Approve(call, request)

    def Post(self, call: Call, request: IdRequest) -> pb.Receipt:
        """Bring an approved receipt on the books."""
        receipt = self.load(call, request)
        usable(call, receipt.warehouse_id, "warehouse_id")
        post(call, receipt)
        return self.save(call, receipt)


def trace_faults(call: Call, receipt: Receipt) -> list[Fault]:
    """Scanned codes that are wrong, known, in two lines, or too many or few for the quantity."""
    found: list[Fault] = []
    seen: set[str] = set()
    for row, line in enumerate(receipt.lines):
        codes = trace.parse(line.trace_codes)
        if not codes:
            continue
        each = trace.units_each(line.item, line.base_quantity, len(codes))
        found += trace.code_faults(call.db, row, codes, each)
        if seen & set(codes):
            found.append(Fault(f"lines[{row}].trace_codes", "有追溯码在另一行扫过，请核对"))
        seen |= set(codes)
    return found


def _lots(call: Call, receipt: Receipt) -> list[Lot]:
    """Every lot of the receipt's items, the newest last."""
    items = [line.item_id for line in receipt.lines]
    return list(call.db.scalars(select(Lot).where(Lot.item_id.in_(items)).order_by(Lot.id)))
