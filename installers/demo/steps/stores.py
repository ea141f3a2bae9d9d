"""In the stores: goods are received, sent to the station and into the doctor's own store."""

from collections.abc import Sequence

from installers.demo.forms import close, do, fill, fill_lines, new_form, open_page, open_row, save
from installers.demo.run import Day

# item, lot, produced, expires, unit, quantity, price
RECEIVED = (
    ("WZ000001", "26B101", "20260901", "20280831", "盒", "20", "38.00"),
    ("WZ000002", "26B102", "20260815", "20280814", "盒", "30", "26.50"),
    ("WZ000023", "26B103", "20260701", "20290630", "支", "200", "8.50"),
)
# item, lot, reason, unit, quantity
SUPPLIED = (("WZ000001", "", "", "支", "20"), ("WZ000023", "", "", "支", "40"))
TAKEN = (("WZ000001", "", "", "支", "5"), ("WZ000023", "", "", "支", "10"))


def receive_goods(day: Day) -> None:
    """A receipt of three lots: drafted, submitted, approved by another with UKEY, posted."""
    with day.at("KG001", "inventory") as desk:
        view = open_page(desk, "入库单")
        form = new_form(view)
        fill(form, warehouse_id="ZXK", supplier_id="shpk", delivery_no="SH20261124-01")
        fill_lines(form, RECEIVED)
        desk.shot("02-入库单填写", form)
        save(form)
        do(desk, form, "Submit")
        day.notes["receipt"] = form.record.number
        desk.shot("02-入库单已提交", form)
    number = str(day.notes["receipt"])
    with day.at("KG002", "inventory") as desk:
        view = open_page(desk, "入库单")
        form = open_row(view, number)
        do(desk, form, "Approve")
        desk.shot("02-入库单已审批", form)
    with day.at("KG001", "inventory") as desk:
        view = open_page(desk, "入库单")
        form = open_row(view, number)
        do(desk, form, "Post")
        desk.shot("02-入库单已入账", form)
        close(form)
        open_page(desk, "库存台账")
        desk.shot("02-库存台账")


def supply_the_doctor(day: Day) -> None:
    """Goods go to the station, are taken on there, and go on into the doctor's own store."""
    _hand_on(day, "ZXK", "PDK", "直接出库", SUPPLIED, "03-到分站")
    _hand_on(day, "PDK", "GR-YS001", "直接出库", TAKEN, "03-到个人药库")
    with day.at("YS001", "inventory") as desk:
        open_page(desk, "我的药库")
        desk.shot("03-我的药库")


def _hand_on(
    day: Day, source: str, target: str, kind: str, rows: Sequence[Sequence[str]], name: str
) -> None:
    with day.at("KG001", "inventory") as desk:
        form = new_form(open_page(desk, "出库单"))
        fill(form, kind=kind, source_id=source, target_id=target)
        fill_lines(form, rows)
        save(form)
        do(desk, form, "Submit")
        number = form.record.number
    with day.at("KG002", "inventory") as desk:
        do(desk, open_row(open_page(desk, "出库单"), number), "Approve")
    with day.at("KG001", "inventory") as desk:
        form = open_row(open_page(desk, "出库单"), number)
        do(desk, form, "Post")
        desk.shot(f"{name}-已出库", form)
    with day.at("YS001", "inventory") as desk:
        form = open_row(open_page(desk, "出库单查询与入账"), number)
        do(desk, form, "Receive")
        desk.shot(f"{name}-已入账", form)
