"""At the cash desk: the bill of the task, split payment, invoice, reprint, daily report, detail."""

from pathlib import Path

from openpyxl import load_workbook
from PySide6.QtWidgets import QLineEdit

from client.core import export
from client.core.form import FormDialog
from client.core.preview import PreviewDialog
from client.finance.charge import ChargeForm
from client.finance.paying import PayDialog
from installers.demo.forms import (
    Reflexes,
    choose,
    close,
    do,
    enter,
    fill,
    new_form,
    open_page,
    open_row,
    save,
)
from installers.demo.hands import Desk, NotSeen, dialogs, press, wait
from installers.demo.run import Day
from protos.finance import payment_pb2

CASH_PART = 5000  # fen taken in notes of 100; the rest by WeChat
WECHAT = payment_pb2.Payment.WECHAT


def take_the_money(day: Day) -> None:
    """The bill is computed from the task and the record; cash and WeChat; the next number."""
    with day.at("SF001", "finance") as desk:
        view = open_page(desk, "收费记录明细")
        form = new_form(view)
        assert isinstance(form, ChargeForm)
        fill(form, task_id=str(day.notes["task_code"]))
        wait(lambda: bool(form.body.grids["lines"].model.filled()), "收费按任务算出")
        desk.shot("07-收费计算", form)
        with Reflexes(desk, also={PayDialog: lambda pay: _pay(day, desk, pay)}):
            press(form.pay_button)
            wait(lambda: dialogs(PreviewDialog), "发票预览", 30)
        day.notes["charge_no"] = form.record.charge_no
        _keep_invoice(day, desk, "07-发票")
        close(form)


def _pay(day: Day, desk: Desk, pay: PayDialog) -> None:
    rest = pay.open_amount - CASH_PART
    enter(pay.amounts[WECHAT], f"{rest / 100:.2f}")
    pay.amounts[WECHAT].changed.emit()
    line = pay.trades[WECHAT].inner
    assert isinstance(line, QLineEdit)
    enter(pay.trades[WECHAT], "4200002611241234567890")
    enter(pay.tendered, "100")
    pay.tendered.changed.emit()
    day.notes["paid"] = pay.total()
    desk.shot("07-收款", pay)
    pay.accept()


def _keep_invoice(day: Day, desk: Desk, name: str) -> None:
    shown = dialogs(PreviewDialog)[0]
    desk.shot(f"{name}预览", shown)
    path = day.out / f"{name}.pdf"
    shown.save(path)
    wait(path.exists, "发票存为 PDF")
    day.artefacts.append(path)
    shown.close()


def print_again(day: Day) -> None:
    """A second print is refused until another person approved it with a UKEY."""
    number = _invoice_number(day)
    with day.at("SF001", "finance") as desk:
        form = open_row(open_page(desk, "发票"), number)
        if not _is_refused(desk, form, "Reprint"):
            raise NotSeen("没有审核就补打了发票")
        close(form)
        asked = new_form(open_page(desk, "重打发票审核"))
        fill(asked, invoice_id=number, way="补打（原号）", reason="卡纸", detail="第一张卡纸撕破")
        save(asked)
        desk.shot("07-申请重打", asked)
        close(asked)
    with day.at("CW001", "finance") as desk:
        form = open_row(open_page(desk, "重打发票审核"), number)
        do(desk, form, "Approve", comment="同意补打")
        desk.shot("07-重打已审核", form)
        close(form)
    with day.at("SF001", "finance") as desk:
        form = open_row(open_page(desk, "发票"), number)
        with Reflexes(desk):
            press(form.verb_buttons["Reprint"])
            wait(lambda: dialogs(PreviewDialog), "补打预览")
        _keep_invoice(day, desk, "07-补打发票")
        close(form)


def _invoice_number(day: Day) -> str:
    with day.at("SF001", "finance") as desk:
        view = open_page(desk, "收费记录明细")
        choose(view, str(day.notes["charge_no"]))
        number: str = view.table.chosen()[0].invoice_no
    return number


def _is_refused(desk: Desk, form: FormDialog, verb: str) -> bool:
    button = form.verb_buttons[verb]
    if not button.isEnabled():
        return True
    with Reflexes(desk) as reflexes:
        press(button)
        wait(lambda: reflexes.refusal or form.problems.text.text(), "补打被拒绝")
    desk.shot("07-未审核不能补打", form)
    return not dialogs(PreviewDialog)


def close_the_day(day: Day) -> None:
    """The cashier's report of the day holds what was paid today, to the fen."""
    with day.at("SF001", "finance") as desk:
        form = new_form(open_page(desk, "收费日报维护"))
        save(form)
        if form.record.received != day.notes["paid"]:
            raise NotSeen(f"日报实收 {form.record.received} 分，收款 {day.notes['paid']} 分")
        fill(form, cash_handed=f"{form.record.cash_due / 100:.2f}")
        save(form)
        do(desk, form, "Submit")
        number = form.record.number
    with day.at("CW001", "finance") as desk:
        form = open_row(open_page(desk, "收费日报维护"), number)
        do(desk, form, "TickAll")
        do(desk, form, "Approve")
        desk.shot("07-收费日报", form)


def look_it_all_up(day: Day) -> None:
    """Search, sort, totals; exports hold every row and the same total."""
    with day.at("CW001", "finance") as desk:
        view = open_page(desk, "收费记录明细")
        view.table.horizontalHeader().sectionClicked.emit(0)
        wait(lambda: not view.busy.isVisible(), "排序")
        desk.shot("08-收费记录明细")
        count = view.model.count
        for ending in ("xlsx", "csv"):
            for old in day.out.glob(f"08-收费记录明细*.{ending}"):
                old.unlink()
            job = export.start(view, day.out / f"08-收费记录明细.{ending}")
            path = job.path
            wait(path.exists, f"导出 {ending}")
            job.close()
            day.artefacts.append(path)
            rows = _rows(path)
            if rows != count:
                raise NotSeen(f"{ending} 有 {rows} 行，列表有 {count} 行")


def _rows(path: Path) -> int:
    """The rows of an export without its head and its totals."""
    if path.suffix == ".csv":
        lines = path.read_text("utf-8-sig").splitlines()
    else:
        book = load_workbook(path, read_only=True)
        lines = [str(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    return sum(1 for line in lines[1:] if "合计" not in line)
