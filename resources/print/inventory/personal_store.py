"""The printed 物资清单 of a personal store."""

from protos import facts
from protos.inventory import stock_pb2 as pb
from resources.print.core.document import draw_document
from resources.print.core.page import SHEETS, PrintMeta
from resources.print.core.table import Column
from resources.print.inventory.bill import barcode, day

VERSION = 2  # of the template
PAPERS = SHEETS

_BAND = pb.Stock.DESCRIPTOR.fields_by_name["band"]
_USE = pb.Stock.DESCRIPTOR.fields_by_name["use"]
COLUMNS = [
    Column("序号", 8, "center"),
    Column("品名", 40),
    Column("规格", 22),
    Column("批号", 24),
    Column("有效期至", 20, "center"),
    Column("效期", 20, "center"),
    Column("状态", 16, "center"),
    Column("数量", 14, "right"),
    Column("单位", 10, "center"),
    Column("定额", 18, "center"),
    Column("余缺", 14, "center"),
]


def draw(store: pb.PersonalStore, meta: PrintMeta) -> bytes:
    """A PDF of what lies in a personal store, by expiry."""
    header = [
        ("药库", store.name),
        ("持有人", store.owner_name),
        ("部门", store.department_name),
    ]
    return draw_document(
        "个人药库物资清单",
        store.code,
        barcode(store.code),
        header,
        COLUMNS,
        [_row(number, stock) for number, stock in enumerate(store.lines, 1)],
        [f"共 {len(store.lines)} 个批次", *[""] * (len(COLUMNS) - 1)],
        ["持有人", "核对人"],
        meta,
    )


def _row(number: int, stock: pb.Stock) -> list[str]:
    return [
        str(number), stock.item_name, stock.spec, stock.lot_no, day(stock.expires_on),
        facts.value_label(_BAND, stock.band), facts.value_label(_USE, stock.use),
        stock.veiled or str(stock.quantity), stock.unit,
        stock.quota, stock.short_or_over,
    ]  # fmt: skip
