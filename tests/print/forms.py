"""Documents the print tests draw."""

from dataclasses import replace
from datetime import UTC, datetime

from resources.print.core.amounts import capital, yuan
from resources.print.core.document import draw_document
from resources.print.core.page import Document, Heading, PrintMeta
from resources.print.core.table import Column

META = PrintMeta("王𬭎", datetime(2026, 11, 24, 16, 5, tzinfo=UTC))
AGAIN = replace(META, reprint=True, copy_no=2)

COLUMNS = [
    Column("序号", 8, "center"),
    Column("物资名称", 45),
    Column("批号", 20),
    Column("数量", 14, "right"),
    Column("金额（元）", 20, "right"),
]


def blank(paper: str = "A4", meta: PrintMeta = META, *, red: bool = False) -> Document:
    """A document with nothing in its body yet."""
    return Document(Heading("物资入库单", "RK-0001", "RK-0001"), meta, paper, red=red)


def lines(count: int) -> list[list[str]]:
    """Rows of a store document, each line with a mark of its own (L0001)."""
    return [
        [str(n), "一次性使用无菌注射器（带针）", f"L{n:04d}", str(n * 3), yuan(n * 1250)]
        for n in range(1, count + 1)
    ]


def receipt(
    count: int,
    paper: str = "A4",
    meta: PrintMeta = META,
    *,
    red: bool = False,
    copies: tuple[str, ...] = ("",),
) -> bytes:
    """A store receipt with so many lines."""
    total = sum(n * 1250 for n in range(1, count + 1))
    fields = [("仓库", "浦东分中心一号库"), ("供应单位", "上海某某医疗器械有限公司")]
    totals = [f"合计（大写）{capital(total)}", "", "", "", yuan(total)]
    people = ["验收人", "保管员", "财务"]
    return draw_document(
        *("物资入库单", "RK0120261124-0001", "RK01202611240001"),
        fields,
        COLUMNS,
        lines(count),
        totals,
        people,
        meta,
        paper,
        red,
        copies=copies,
        note="模板 v1",
    )
