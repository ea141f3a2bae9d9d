"""Takes over spreadsheets of items and opening stock: all rows or none."""

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import or_, select

from protos import facts
from protos.facts import Fault
from protos.inventory import importing_pb2 as pb
from protos.inventory import item_pb2, receipt_pb2
from server.core.call import Call
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory.category import Category
from server.inventory.item import Item, ItemService
from server.inventory.supplier import Supplier

MOST = 5000  # rows of one sheet
_PATH = re.compile(r"(?:rows|lines)\[(\d+)\]\.?(.*)")


class ImportService:
    """The two imports; the client shows faults beside the cells they are about."""

    contract = pb.DESCRIPTOR

    def Items(self, call: Call, request: pb.ItemImport) -> pb.ImportAnswer:
        """Make an item of every row."""
        refuse_many(request.rows)
        faults: list[pb.RowFault] = []
        for at, row in enumerate(request.rows):
            faults += _item_made(call, at, row)
        call.undo = request.dry_run or bool(faults)
        return answer(len(request.rows), faults)

    def Opening(self, call: Call, request: pb.OpeningImport) -> pb.ImportAnswer:
        """Make one draft receipt of all rows, to be submitted and approved like any."""
        refuse_many(request.rows)
        items = known_items(call, request.rows)
        faults = [
            pb.RowFault(
                row=at, field="item", text=f"没有物资“{row.item}”，请先在库存基础信息里建立"
            )
            for at, row in enumerate(request.rows)
            if row.item.strip() not in items
        ]
        if faults:
            call.undo = True
            return answer(len(request.rows), faults)
        call.undo = request.dry_run
        try:
            service = call.app.registry.by_name["inventory.ReceiptService"]
            made = service.Create(call, receipt_of(call, request, items))
        except BusinessError as error:
            call.undo = True
            return answer(len(request.rows), list(placed(error)))
        return pb.ImportAnswer(made=len(request.rows), receipt_id=made.id)


def refuse_many(rows: Sequence[object]) -> None:
    """Refuse a sheet no person would look through."""
    if len(rows) > MOST:
        raise Invalid.at("rows", f"一次最多导入{MOST}行，现在有{len(rows)}行，请分几个文件")


def answer(rows: int, faults: Sequence[pb.RowFault]) -> pb.ImportAnswer:
    """How many rows are good, and what is wrong with the others."""
    bad = {fault.row for fault in faults}
    return pb.ImportAnswer(made=rows - len(bad), faults=faults)


def placed(error: BusinessError, at: int = 0) -> Iterator[pb.RowFault]:
    """The faults of a refusal at the rows they are about."""
    if not isinstance(error, Invalid):
        yield pb.RowFault(row=at, text=str(error))
        return
    for fault in error.faults:
        found = _PATH.fullmatch(fault.path)
        row, field = (int(found[1]), found[2]) if found else (at, fault.path)
        yield pb.RowFault(row=row, field="item" if field == "item_id" else field, text=fault.text)


# Items ----------------------------------------------------------------------------------------


def _item_made(call: Call, at: int, row: pb.ItemRow) -> list[pb.RowFault]:
    """Try one row; its faults, none if the item was made."""
    item = item_pb2.Item()
    item.CopyFrom(row.item)
    faults = list(_resolved(call, row, item)) + facts.faults(item)
    if faults:
        return [pb.RowFault(row=at, field=_column(f.path), text=f.text) for f in faults]
    try:
        with call.db.begin_nested():
            service: ItemService = call.app.registry.by_name["inventory.ItemService"]
            service.Create(call, item)
    except BusinessError as error:
        return list(placed(error, at))
    return []


def _resolved(call: Call, row: pb.ItemRow, item: item_pb2.Item) -> Iterator[Fault]:
    """Put ids where the row has names."""
    name = row.category.strip()
    chosen = or_(Category.code == name, Category.name == name, Category.full_name == name)
    categories = call.db.scalars(select(Category).where(chosen)).all()
    if len(categories) == 1:
        item.category_id = categories[0].id
        if not item.control and (control := categories[0].control):
            item.control = control  # type: ignore[assignment]
    else:
        item.category_id = -1
        many = "有几个，请填编码或全路径" if categories else "没有，请先建立"
        yield Fault("category", f"类别“{name}”{many}")
    if name := row.supplier.strip():
        same = or_(Supplier.code == name, Supplier.name == name)
        supplier = call.db.scalars(select(Supplier.id).where(same)).first()
        if supplier is None:
            yield Fault("supplier", f"没有供应商“{name}”，请先建立")
        item.supplier_id = supplier or 0
    if row.pack.strip():
        item.units.add(name=row.pack.strip(), factor=row.factor)


def _column(path: str) -> str:
    """The column of the sheet a fault of an item is about."""
    names = {"category_id": "category", "supplier_id": "supplier"}
    if path.startswith("units[0]."):
        return {"units[0].name": "pack", "units[0].factor": "factor"}.get(path, "pack")
    return names.get(path, path)


# Opening stock --------------------------------------------------------------------------------


def known_items(call: Call, rows: Iterable[pb.OpeningRow]) -> dict[str, int]:
    """Ids by what the sheet calls the items: code, bar code, or name and spec; one query."""
    wanted = {row.item.strip() for row in rows} - {""}
    columns = Item.code, Item.barcode, Item.title
    found: dict[str, int] = {}
    chosen = select(Item.id, *columns).where(or_(*(column.in_(wanted) for column in columns)))
    for row in call.db.execute(chosen):
        for name in row[1:]:
            if name in wanted:
                found.setdefault(name, row[0])
    return found


def receipt_of(call: Call, request: pb.OpeningImport, items: dict[str, int]) -> receipt_pb2.Receipt:
    """The draft receipt a sheet of opening stock becomes."""
    receipt = receipt_pb2.Receipt(
        kind=receipt_pb2.Receipt.OPENING, warehouse_id=request.warehouse_id,
        business_on=shanghai_date(call.now).isoformat(), remark=request.remark,
    )  # fmt: skip
    for row in request.rows:
        receipt.lines.add(
            item_id=items[row.item.strip()], lot_no=row.lot_no, produced_on=row.produced_on,
            expires_on=row.expires_on, unit=row.unit, quantity=row.quantity, price=row.price,
            retail_price=row.retail_price,
        )  # fmt: skip
    return receipt
