"""The pages of the cash desk, in a real client before a real server."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.page import Page
from client.core.preview import PreviewDialog
from client.core.settings import Settings
from client.core.view import PageView
from client.finance import PAGES
from client.finance.charge import ChargeForm, charges
from client.finance.daily import dailies, payments
from client.finance.invoice import invoices
from client.finance.paying import CASH, PayDialog
from client.finance.price import prices
from client.finance.reprint import reprints
from protos import facts
from protos.finance import charge_pb2
from protos.finance.payment_pb2 import Payment
from server.core.run import Running
from server.dispatch.task import Task
from server.finance.bill import Charge
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.finance import world
from tests.finance.test_invoice import ask_reprint, decide, issue
from tests.finance.test_print import text
from tests.finance.test_seed import fill
from tests.people import Clerk

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
EVERYTHING = sorted(
    {facts.of_rpc(method).permission for page in PAGES for method in page.service.methods}
    | {"admin.department.read", "admin.person.read", "dispatch.task.read", "finance.price.read"}
)


@pytest.fixture
def desk(server: Running, desk_of: Callable[..., Desk]) -> Desk:  # noqa: F811 - the fixture
    """A cashier's workstation with prices, a segment and a task."""
    made = desk_of(*EVERYTHING, name="吴收费")
    sessions = server.worker.app.sessions
    world.put_prices(sessions, made.who)
    world.put_segment(sessions, made.who.id)
    world.put_task(sessions, made.who)
    return made


@pytest.fixture
def show(desk: Desk, tmp_path: Path, qtbot: QtBot) -> Callable[[Page], PageView]:
    """Opens a page of the logged-in client."""
    desk.log_in()
    settings = Settings("t", tmp_path)

    def open_page(page: Page) -> PageView:
        made: PageView = (page.view or PageView)(page, desk.program.connection.api, settings)
        qtbot.addWidget(made)
        made.resize(1280, 640)
        made.show()
        qtbot.waitUntil(lambda: not made.model.is_loading, timeout=SOON)
        return made

    return open_page


def shot(widget: QWidget, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        widget.grab().save(str(Path(folder) / f"finance_{name}.png"))


def opened(view: PageView, qtbot: QtBot) -> Any:
    qtbot.waitUntil(lambda: bool(view.forms), timeout=SOON)
    form = view.forms[-1]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    return form


@pytest.mark.look
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_and_its_form_open(
    page: Page, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    view = show(page)
    shot(view, page.title)
    if page.form and page.offers("Create"):
        view.new_record()
        form = opened(view, qtbot)
        assert isinstance(form, FormDialog)
        assert set(form.body.grids) == {lines.field for lines in page.lines}
        shot(form, f"{page.title}_form")


def proposed(server: Running, view: PageView, qtbot: QtBot) -> ChargeForm:
    """A new bill whose task was chosen."""
    view.new_record()
    form = opened(view, qtbot)
    assert isinstance(form, ChargeForm)
    with server.worker.app.sessions.read() as db:
        task_id = db.query(Task.id).scalar()
    editor = form.body.boxes["task_id"].editor
    assert editor is not None
    editor.set_value(task_id)
    editor.changed.emit()
    qtbot.waitUntil(lambda: form.record.due == 12720, timeout=SOON)
    return form


def with_dialog(kind: type[QWidget], act: Callable[[Any], None]) -> None:
    """Act on the next modal dialog of that kind."""

    def look() -> None:
        found = QApplication.activeModalWidget()
        if isinstance(found, kind):
            act(found)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)


def type_into(editor: Any, text: str) -> None:
    editor.line.setText(text)
    editor.changed.emit()


def pay(dialog: PayDialog) -> None:
    """100 by WeChat, the rest in cash, 50 handed over."""
    type_into(dialog.amounts[Payment.WECHAT], "100")
    type_into(dialog.trades[Payment.WECHAT], "4200001")
    assert dialog.amount(CASH) == 2720
    type_into(dialog.tendered, "50")
    assert dialog.change.text() == "找零　22.80 元"
    shot(dialog, "收款")
    dialog.accept()


@pytest.mark.look
@pytest.mark.requirement(24)
def test_a_cashier_charges_a_task_splits_the_money_and_prints(
    server: Running, show: Callable[[Page], PageView], qtbot: QtBot
) -> None:
    view = show(charges)
    form = proposed(server, view, qtbot)
    first = form.body.grids["lines"].model.index(0, 0)
    qtbot.waitUntil(lambda: first.data() == "救护车使用费", timeout=SOON)
    shot(form, "收费_proposed")
    with_dialog(PayDialog, pay)
    form.save_and_pay()
    qtbot.waitUntil(lambda: form.record.state == charge_pb2.Charge.PAID, timeout=SOON)
    qtbot.waitUntil(lambda: form.findChild(QMessageBox) is not None, timeout=SOON)
    box = form.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "找零 22.80 元" in box.text()
    assert "00000001" in box.text()
    shot(box, "打印发票")
    press(box, "号码一致，打印")
    qtbot.waitUntil(lambda: form.findChild(PreviewDialog) is not None, timeout=SOON)
    sheet = form.findChild(PreviewDialog)
    assert isinstance(sheet, PreviewDialog)
    qtbot.waitUntil(lambda: sheet.labels[0].width() > 400, timeout=SOON)
    shot(sheet, "发票预览")
    sheet.reject()
    qtbot.waitUntil(lambda: bool(view.model.rows), timeout=SOON)
    shot(form, "收费_paid")
    shot(view, "收费_list")
    with server.worker.app.sessions.read() as db:
        charge = db.query(Charge).one()
        assert (charge.paid_cash, charge.paid_wechat, charge.invoice_no) == (
            2720,
            10000,
            "00000001",
        )


def press(box: QMessageBox, text: str) -> None:
    button = next(b for b in box.findChildren(QPushButton) if b.text() == text)
    button.click()


def test_the_money_must_be_right_before_it_is_taken(
    desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    desk.log_in()
    charge = charge_pb2.Charge(id=1, version=1, payable=12720, charge_no="SF1")
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = PayDialog(charge, desk.program.connection.api, Settings("t", tmp_path), parent)
    assert dialog.go.isEnabled()  # all of it in cash
    type_into(dialog.amounts[CASH], "100")
    assert not dialog.go.isEnabled()
    assert "还差 27.20" in dialog.rest.text()
    type_into(dialog.amounts[Payment.POS], "27.2")
    dialog.accept()
    assert "渠道单号" in dialog.fault.text()
    type_into(dialog.trades[Payment.POS], "P1")
    type_into(dialog.tendered, "90")
    dialog.accept()
    assert "少于" in dialog.fault.text()
    type_into(dialog.tendered, "")
    dialog.accept()
    assert dialog.result() == PayDialog.DialogCode.Accepted
    assert [part.amount for part in dialog.request().payments] == [10000, 2720]


def test_the_equals_key_lets_one_way_pay_the_rest(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    desk.log_in()
    charge = charge_pb2.Charge(id=1, version=1, payable=12720, charge_no="SF1")
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = PayDialog(charge, desk.program.connection.api, Settings("t", tmp_path), parent)
    type_into(dialog.amounts[CASH], "100")
    qtbot.keyClick(dialog.amounts[Payment.POS].inner, Qt.Key.Key_Equal)
    assert dialog.amount(Payment.POS) == 2720
    assert "已平" in dialog.rest.text()
    assert dialog.go.isEnabled()


@pytest.mark.look
@pytest.mark.requirement(25)
def test_an_approved_sheet_prints_again_from_the_invoices(
    server: Running,
    someone: Callable[..., Clerk],
    show: Callable[[Page], PageView],
    qtbot: QtBot,
) -> None:
    clerk = someone(*world.CASHIER, name="钱收费")
    world.put_segment(server.worker.app.sessions, clerk.who.id, 201, 300)
    task = world.put_task(server.worker.app.sessions, clerk.who, number=2)
    invoice = issue(clerk, world.settle(clerk, world.bill(clerk, task)))
    decide(someone(*world.HEAD), ask_reprint(clerk, invoice))
    requests = show(reprints)
    shot(requests, "重打发票审核_list")
    view = show(invoices)
    view.table.selectRow(0)
    view.do("Reprint")
    qtbot.waitUntil(lambda: view.findChild(PreviewDialog) is not None, timeout=SOON)
    sheet = view.findChild(PreviewDialog)
    assert isinstance(sheet, PreviewDialog)
    assert "补打 第1次" in text(sheet.pdf)
    assert "张三丰" in text(sheet.pdf), "a masked name is no voucher"
    qtbot.waitUntil(lambda: sheet.labels[0].width() > 400, timeout=SOON)
    shot(sheet, "补打")
    sheet.reject()


@pytest.mark.look
@pytest.mark.requirement(24)
@pytest.mark.requirement(28)
def test_two_weeks_of_bills_and_reports_are_looked_up(
    server: Running,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    with server.worker.app.sessions.write() as db:
        fill(db)
        expected = db.query(Charge).count()
        paid = sum(charge.paid for charge in db.query(Charge))
    desk = desk_of(*EVERYTHING, name="郑会计")
    desk.log_in()
    for page in (charges, dailies, payments, invoices, prices):
        view: PageView = (page.view or PageView)(
            page, desk.program.connection.api, Settings("t", tmp_path)
        )
        qtbot.addWidget(view)
        view.resize(1366, 700)
        view.show()
        qtbot.waitUntil(lambda view=view: view.model.count > 0, timeout=SOON)  # type: ignore[misc]
        if page is charges:
            assert view.model.count == expected
            assert f"{paid // 100:,}.{paid % 100:02d}" in view.summary.text()
        QApplication.processEvents()
        assert view.minimumSizeHint().width() < 1366, "fits a small screen"
        shot(view, f"{page.title}_history")
        if page.form:
            view.table.selectRow(0)
            view.open_chosen()
            form = opened(view, qtbot)
            first = next(iter(form.body.grids.values()))
            qtbot.waitUntil(lambda first=first: bool(first.model.filled()), timeout=SOON)  # type: ignore[misc]
            shot(form, f"{page.title}_history_form")
