"""Spreadsheets of items and opening stock: a dry run, an error sheet, all rows or none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from client.core import sheets
from client.core.importing import ImportDialog
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory.items import items
from client.inventory.receipt import receipts
from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import importing_pb2, item_pb2
from server.core.audit import AuditRow
from server.inventory.item import Item
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.world import ITEM, RECEIPT, World, day, named

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
IMPORT = "inventory.ImportService."
HEADS = ["品名", "规格", "种类", "类别", "最小单位", "包装单位", "含最小单位数", "储存条件",
         "管制类别", "批号管理", "有效期管理", "参考进价（元）"]  # fmt: skip
GOOD = ["盐酸利多卡因注射液", "5ml:0.1g", "药品", "药品", "支", "盒", 10, "常温", "普通",
        "是", "是", 2.35]  # fmt: skip


def item_row(name: str, category: str = "YP", **values: Any) -> importing_pb2.ItemRow:
    """A row of an item sheet."""
    facts = {
        "kind": item_pb2.Item.DRUG, "storage": item_pb2.Item.ROOM, "base_unit": "支",
        "control": item_pb2.Item.ORDINARY, **values,
    }  # fmt: skip
    return importing_pb2.ItemRow(
        item=item_pb2.Item(name=name, spec="1ml", **facts), category=category, pack="盒", factor=10
    )


def stored(world: World) -> int:
    """How many items there are."""
    with world.server.worker.app.sessions.read() as db:
        return db.scalar(select(func.count(Item.id))) or 0


@pytest.mark.requirement(1)
def test_one_bad_row_and_nothing_is_kept(world: World) -> None:
    before = stored(world)
    rows = [item_row("甲药"), item_row("乙药", category="没有"), item_row("甲药"),
            item_row("丙药", base_unit="")]  # fmt: skip
    answer = world.keeper(IMPORT + "Items", importing_pb2.ItemImport(rows=rows))
    assert [(fault.row, fault.field) for fault in answer.faults] == [
        (1, "category"), (2, "name"), (3, "base_unit"),
    ]  # fmt: skip
    assert answer.made == 1
    assert stored(world) == before


@pytest.mark.requirement(1)
def test_a_dry_run_keeps_nothing_and_leaves_no_trace(world: World) -> None:
    before = stored(world)
    with world.server.worker.app.sessions.read() as db:
        told = db.scalar(select(func.count(AuditRow.id)))
    request = importing_pb2.ItemImport(rows=[item_row("甲药")], dry_run=True)
    assert world.keeper(IMPORT + "Items", request).made == 1
    assert stored(world) == before
    with world.server.worker.app.sessions.read() as db:
        assert db.scalar(select(func.count(AuditRow.id))) == told
    request.dry_run = False
    world.keeper(IMPORT + "Items", request)
    (made,) = world.keeper(ITEM + "List", ListRequest(text="甲药")).rows
    assert world.keeper(ITEM + "Get", IdRequest(id=made.id)).units[0].factor == 10


def opening(world: World, *rows: importing_pb2.OpeningRow, **values: Any) -> Any:
    """Import opening stock into the centre."""
    request = importing_pb2.OpeningImport(
        warehouse_id=world.centre, remark="启用建账", rows=rows, **values
    )
    return world.keeper(IMPORT + "Opening", request)


def opened(**values: Any) -> importing_pb2.OpeningRow:
    """A row of adrenaline."""
    facts = {"item": "盐酸肾上腺素注射液 1ml:1mg", "lot_no": "L1", "expires_on": day(400),
             "unit": "盒", "quantity": 20, "price": 3800, **values}  # fmt: skip
    return importing_pb2.OpeningRow(**facts)


def test_opening_stock_becomes_one_draft_receipt(world: World) -> None:
    answer = opening(world, opened(), opened(lot_no="L2", expires_on=day(500)))
    made = world.keeper(RECEIPT + "Get", IdRequest(id=answer.receipt_id))
    assert (len(made.lines), made.amount) == (2, 152000)
    made = world.keeper(RECEIPT + "Submit", named(made))
    made = world.head(RECEIPT + "Approve", named(made))
    world.keeper(RECEIPT + "Post", named(made))
    assert world.stock(world.centre) == {"L1": 200, "L2": 200}


def test_faults_of_opening_stock_stand_at_their_rows(world: World) -> None:
    bad = opening(world, opened(), opened(item="没有的"), opened(item="也没有"))
    assert [(f.row, f.field) for f in bad.faults] == [(1, "item"), (2, "item")]
    bad = opening(world, opened(), opened(unit="箱"), opened(lot_no="L3", expires_on=day(-1)))
    assert {(f.row, f.field) for f in bad.faults} == {(1, "unit")}
    bad = opening(world, opened(), opened(lot_no="L3", expires_on=day(-1)))
    assert {(f.row, f.field) for f in bad.faults} == {(1, "expires_on")}
    assert not world.keeper(RECEIPT + "List", ListRequest()).rows


def sheet(path: Path, *rows: list[Any], heads: list[str] | None = None) -> Path:
    """A spreadsheet file."""
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (heads or HEADS, *rows):
        page.append(row)
    book.save(path)
    return path


@pytest.fixture
def dialog(
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> ImportDialog:
    """The import dialog of the item page, in a logged-in client."""
    desk = desk_of("inventory.item.read", "inventory.item.write")
    desk.log_in()
    view = PageView(items, desk.program.connection.api, Settings("t", tmp_path))
    qtbot.addWidget(view)
    assert "import" in view.actions_of
    assert items.sheet is not None
    made = ImportDialog(items.sheet, view.api, view._settings, view)
    made.show()
    return made


@pytest.mark.requirement(1)
def test_a_clerk_tries_a_sheet_mends_it_and_takes_it_over(
    world: World, dialog: ImportDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    wrong = [*GOOD]
    wrong[3] = "没有这类"
    dialog.open_file(sheet(tmp_path / "a.xlsx", GOOD, wrong))
    qtbot.waitUntil(dialog.test.isEnabled, timeout=SOON)
    dialog.send(dry_run=True)
    qtbot.waitUntil(lambda: bool(dialog.faults), timeout=SOON)
    assert not dialog.take.isEnabled()
    first = dialog.tree.topLevelItem(0)
    assert first is not None
    assert [first.text(at) for at in range(3)] == ["3", "类别", "没有这类"]
    assert dialog.read is not None
    target = tmp_path / "errors.xlsx"
    sheets.write_faults(target, dialog.read, dialog.columns, dialog.faults)
    lines = list(load_workbook(target).worksheets[0].iter_rows(values_only=True))
    assert lines[0][-1] == "错误"
    assert (lines[1][0], len(lines)) == ("盐酸利多卡因注射液", 2)
    before = stored(world)
    dialog.open_file(sheet(tmp_path / "b.xlsx", GOOD))
    qtbot.waitUntil(lambda: not dialog.faults and dialog.test.isEnabled(), timeout=SOON)
    dialog.send(dry_run=True)
    qtbot.waitUntil(dialog.take.isEnabled, timeout=SOON)
    assert stored(world) == before
    dialog.send(dry_run=False)
    qtbot.waitUntil(lambda: "已导入 1 行" in dialog.text.text(), timeout=SOON)
    (made,) = world.keeper(ITEM + "List", ListRequest(text="盐酸利多卡因")).rows
    assert made.purchase_price == 235


@pytest.mark.parametrize(
    ("heads", "row", "expected"),
    [
        ([*HEADS[:-1], "进货价"], GOOD, "不认识的列：进货价"),
        (HEADS[1:], GOOD[1:], "缺少必填的列：品名"),
        (HEADS, [], "没有数据"),
    ],
)
def test_a_sheet_of_other_columns_is_refused(
    tmp_path: Path, heads: list[str], row: list[Any], expected: str
) -> None:
    assert items.sheet is not None
    descriptor = importing_pb2.ItemRow.DESCRIPTOR
    columns = sheets.columns_of(descriptor, items.sheet.columns)
    with pytest.raises(sheets.SheetError, match=expected):
        sheets.read(sheet(tmp_path / "a.xlsx", row, heads=heads), descriptor, columns)


def test_cells_that_cannot_be_read_are_told_at_once(tmp_path: Path) -> None:
    assert items.sheet is not None
    descriptor = importing_pb2.ItemRow.DESCRIPTOR
    columns = sheets.columns_of(descriptor, items.sheet.columns)
    wrong = [*GOOD]
    wrong[2], wrong[11] = "食品", "贵"
    found = sheets.read(sheet(tmp_path / "a.xlsx", wrong), descriptor, columns)
    assert [fault.column for fault in found.faults] == ["item.kind", "item.purchase_price"]


def test_a_template_is_read_back_by_the_same_columns(tmp_path: Path) -> None:
    for page in (items, receipts):
        assert page.sheet is not None
        rows = page.sheet.method.input_type.fields_by_name["rows"].message_type
        assert rows is not None
        columns = sheets.columns_of(rows, page.sheet.columns)
        path = tmp_path / "t.xlsx"
        sheets.write_template(path, columns)
        heads = [cell.value for cell in next(load_workbook(path).worksheets[0].iter_rows())]
        assert heads == [column.label for column in columns]
        assert len(set(heads)) == len(heads)
