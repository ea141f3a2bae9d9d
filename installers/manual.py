"""The pictures of the manual, taken while the demo people do a day's work: docs/操作手册/图."""

import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("AMB_VIRTUAL_UKEY", "allow")

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QWidget

from client.core import dates, style
from client.core.form import FormDialog
from client.emr.tablet import TabletPage
from installers.demo.bedside import Bedside
from installers.demo.forms import (
    Reflexes,
    close,
    do,
    fill,
    fill_cell,
    fill_lines,
    new_form,
    open_page,
    open_row,
    save,
)
from installers.demo.hands import Desk, child, wait
from installers.demo.run import Day
from installers.demo.steps.desk import EVENT, FEED
from installers.demo.steps.stores import RECEIVED
from installers.demo.world import World, free_port

OUT = Path("docs/操作手册/图")
PAGE, FORM = QSize(1280, 760), QSize(1180, 600)
TABLET = QSize(1180, 820)
LOST = (("WZ000001", "", "1", "破损", "车辆颠簸碰碎"),)
COUNTED = ("174", "143", "86", "39")
ASKED = (("WZ000001", "", "20", "本周补足"), ("WZ000023", "", "40", "本周补足"))
SENT = (("WZ000001", "", "", "支", "20"), ("WZ000023", "", "", "支", "40"))
TAKEN = (("WZ000001", "", "", "支", "5"), ("WZ000023", "", "", "支", "10"))


def main() -> int:
    """Build a demo centre, go through the day of its stores, leave the pictures."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    world = World(Path("var/manual-world"), free_port())
    world.create()
    day = Day(world, OUT)
    day.server.start()
    try:
        for part in (receive, ask, send, take_on, count, look_after, treat, decide):
            part(day)
    finally:
        day.server.stop()
    taken = sorted(OUT.glob("*.png"))
    print(f"{len(taken)} 张图在 {OUT}，共 {sum(path.stat().st_size for path in taken) >> 10} KB")
    del app
    return 0


def picture(desk: Desk, name: str, window: QWidget | None = None, size: QSize = FORM) -> None:
    """A picture no wider than a page of the manual needs, packed as small as PNG goes."""
    shown = window or desk.window
    if isinstance(shown, FormDialog):
        shown.resize(size)
    elif shown is desk.window and not style.look().tablet:
        shown.resize(PAGE)
    path = desk.shot(name, shown)
    image = QImage(str(path))
    if image.width() > PAGE.width():
        image = image.scaledToWidth(PAGE.width(), Qt.TransformationMode.SmoothTransformation)
    image.convertToFormat(QImage.Format.Format_RGB888).save(str(path), quality=0)


def receive(day: Day) -> None:
    """A receipt: filled by the keeper, approved by the head, posted by the keeper."""
    with day.at("KG001", "inventory") as desk:
        form = new_form(open_page(desk, "入库单"))
        fill(form, warehouse_id="ZXK", supplier_id="shpk", delivery_no="SH20261124-01")
        fill_lines(form, RECEIVED)
        picture(desk, "库管员-入库单", form)
        save(form)
        do(desk, form, "Submit")
        number = form.record.number
    with day.at("KG002", "inventory") as desk:
        wait(lambda: desk.window.start.findChildren(QAbstractButton), "待办")
        picture(desk, "科长-首页")
        form = open_row(open_page(desk, "入库单"), number)
        picture(desk, "科长-审批入库单", form)
        do(desk, form, "Approve")
    with day.at("KG001", "inventory") as desk:
        do(desk, open_row(open_page(desk, "入库单"), number), "Post")


def ask(day: Day) -> None:
    """The station asks for what it lacks, and decides what its doctors ask for."""
    with day.at("ZZ001", "inventory") as desk:
        form = new_form(open_page(desk, "物资申领单"))
        fill(form, warehouse_id="PDK", source_id="ZXK")
        fill_lines(form, ASKED)
        save(form)
        picture(desk, "分站长-物资申领单", form)
        close(form)
        view = open_page(desk, "分站审批申领单")
        form = open_row(view, "待审批")
        picture(desk, "分站长-审批申领单", form)
        close(form)
        form = open_row(open_page(desk, "审批药箱申领单"), "YXPT")
        picture(desk, "分站长-审批药箱申领单", form)


def send(day: Day) -> None:
    """Goods leave the centre for the station, approved and posted."""
    day.notes["station"] = _sent(day, "ZXK", "PDK", "直接出库", SENT, "库管员-出库单")


def _sent(
    day: Day, source: str, target: str, kind: str, rows: Sequence[Sequence[str]], shot: str = ""
) -> str:
    with day.at("KG001", "inventory") as desk:
        form = new_form(open_page(desk, "出库单"))
        fill(form, kind=kind, source_id=source, target_id=target)
        fill_lines(form, rows)
        save(form)
        if shot:
            picture(desk, shot, form)
        do(desk, form, "Submit")
        number = str(form.record.number)
    with day.at("KG002", "inventory") as desk:
        do(desk, open_row(open_page(desk, "出库单"), number), "Approve")
    with day.at("KG001", "inventory") as desk:
        do(desk, open_row(open_page(desk, "出库单"), number), "Post")
    return number


def take_on(day: Day) -> None:
    """The station takes on what came; the doctor takes on from the station."""
    with day.at("ZZ001", "inventory") as desk:
        form = open_row(open_page(desk, "出库单查询与入账"), str(day.notes["station"]))
        picture(desk, "分站长-入账", form)
        do(desk, form, "Receive")
    number = _sent(day, "PDK", "GR-YS001", "直接出库", TAKEN)
    with day.at("YS001", "inventory") as desk:
        form = open_row(open_page(desk, "出库单查询与入账"), number)
        do(desk, form, "Receive")
        close(form)
        open_page(desk, "我的药库")
        picture(desk, "医生-我的药库")
        form = new_form(open_page(desk, "个人损耗"))
        fill_lines(form, LOST)
        picture(desk, "医生-个人损耗", form)


def count(day: Day) -> None:
    """The planned stocktake of the station is begun, counted by its keeper, left for the head."""
    with day.at("KG001", "inventory") as desk:
        do(desk, open_row(open_page(desk, "盘库"), "浦东分站库"), "Start")
    with day.at("ZK001", "inventory") as desk:
        form = open_row(open_page(desk, "盘点录入"), "浦东分站库")
        for row, found in enumerate(COUNTED):
            fill_cell(form, "lines", row, 5, found)
        save(form)
        picture(desk, "库管员-盘点录入", form)
        do(desk, form, "Submit")


def look_after(day: Day) -> None:
    """What runs out, and what must be called back."""
    with day.at("KG001", "inventory") as desk:
        open_page(desk, "过期物资")
        picture(desk, "库管员-过期物资")
        form = open_row(open_page(desk, "召回通知与回执"), "尼可刹米")
        picture(desk, "库管员-召回通知与回执", form)


def treat(day: Day) -> None:
    """The doctor's tablet: the tasks, what was given, the summary to sign."""
    day.server.command("import-dispatch", str(FEED))
    code = f"{EVENT}0101"
    with day.at("YS001", "emr", tablet=True) as desk:
        desk.window.resize(TABLET)
        doctor = Bedside(child(desk.window, TabletPage), desk.type_pin)
        wait(lambda: code in doctor.page.tasks.buttons, "任务在列表里")
        picture(desk, "医生-平板任务")
        doctor.open(code)
        doctor.history("胸痛半小时")
        doctor.examination()
        doctor.scores()
        doctor.treatment()
        picture(desk, "医生-平板救治措施")
        doctor.handover()
        _scroll_to(doctor.screen.summary.buttons["sign"])
        picture(desk, "医生-平板小结签名")


def _scroll_to(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        above.ensureWidgetVisible(widget)


def decide(day: Day) -> None:
    """The head recalls a lot and closes a month."""
    with day.at("KG002", "inventory") as desk:
        form = open_row(open_page(desk, "盘库"), "待审")
        picture(desk, "科长-盘库差异", form, PAGE)
        close(form)
        form = open_row(open_page(desk, "一键召回物资"), "尼可刹米")
        picture(desk, "科长-一键召回物资", form, PAGE)
        close(form)
        _close_month(desk)


def _close_month(desk: Desk) -> None:
    """The first month to close is the one of the opening stock, seven days ago."""
    view = open_page(desk, "结账与收发存")
    month = f"{dates.today() - timedelta(days=7):%Y%m}"
    with Reflexes(desk, {"period": month}):
        view.use("Close")
        form = open_row(view, month)
    picture(desk, "科长-结账与收发存", form)


if __name__ == "__main__":
    sys.exit(main())
