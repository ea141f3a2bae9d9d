"""Every page, form and dialog can be read and reached at every size, light and dark."""

import dataclasses
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QDialog,
    QLineEdit,
    QScroller,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from client.core import about, conflict, entered, export, style
from client.core.asking import AskDialog
from client.core.diagnosis import DiagnosisPage
from client.core.form import FormDialog
from client.core.login import LockDialog
from client.core.lookup import PickDialog
from client.core.main_window import MainWindow
from client.core.navigation import Jump
from client.core.password import PasswordDialog
from client.core.piles import Result
from client.core.pin import PinDialog
from client.core.preview import PreviewDialog
from client.core.settings import Settings
from client.core.sheet import Drawn, Sheet, meta_of
from client.core.sources import Records
from client.core.ukey import WrongPin
from client.core.view import PageView
from installers.flaws import flaws, settle
from protos import facts
from server.core.registry import Registry
from server.services import SERVICES
from tests.client import sample
from tests.client.desk import SOON, Desk

pytestmark = pytest.mark.sqlite  # windows look the same before any database
SMALLEST = QSize(1366, 768)
LOOKS = [("light", 100), ("dark", 150)]


@pytest.fixture(params=LOOKS, ids=str)
def window(request: pytest.FixtureRequest, desk_of: Callable[..., Desk]) -> Iterator[MainWindow]:
    """The main window of one who may do everything, in one look on the smallest screen."""
    theme, percent = request.param
    desk = desk_of(*Registry(SERVICES).permissions())
    workstation = Settings("", desk.config.home)
    person = Settings(desk.who.staff_no, desk.config.home)
    for settings in (workstation, person):
        settings.set("theme", theme)
        settings.set("percent", percent)
    shown = desk.log_in()
    shown.resize(SMALLEST)
    assert style.look().percent == percent
    yield shown
    style.look().apply("light", 100)


def checked(shown: QWidget, name: str) -> list[str]:
    """The flaws of a window on the smallest screen."""
    shown.resize(shown.size().boundedTo(SMALLEST))
    settle()
    return [f"{name}: {text}" for text in flaws(shown, SMALLEST)]


def loaded(view: QWidget) -> bool:
    return not isinstance(view, PageView) or not view.busy.isVisible()


def stored_forms(view: PageView, bot: QtBot) -> Iterator[FormDialog]:
    """The form of the first record of each state: some may be changed, some only read."""
    if not view.page.form:
        return
    firsts = {getattr(row, "state", 0): row for _, row in reversed([*view.model.here()])}
    for row in firsts.values():
        view.table.choose_ids({row.id})
        view.open_chosen()
        (form,) = view.forms
        bot.waitUntil(form.body.isEnabled, timeout=SOON)
        yield form


def dialogs_of(view: PageView, window: MainWindow) -> Iterator[QDialog]:
    """The form of a new record, and what each verb asks."""
    if view.page.offers("Create") and view.page.form:
        view.new_record()
        yield view.forms[0]
    for name in view.page.actions:
        method = view.page.method(name)
        request = facts.request_class(method)()
        rows, lines = entered.asked(request)
        known = request.DESCRIPTOR.fields_by_name
        drawn = all(facts.kind(known[row[0]]) is not facts.Kind.BYTES for row in rows)
        if (rows or lines) and drawn:  # the others have dialogs of their own
            title = facts.of_rpc(method).label
            yield AskDialog(request, title, window.api, window.settings, view)


@pytest.mark.demo
def test_every_page_and_form_can_be_read(window: MainWindow, qtbot: QtBot) -> None:
    """With the data of the demo: lists, stored forms in every state, new ones, questions."""
    qtbot.waitUntil(lambda: len(window.start._todo) > 10, timeout=SOON)
    found = checked(window, "首页")
    read_only = changeable = 0
    for entry in window.entries:
        view = window.open_page(entry)
        qtbot.waitUntil(partial(loaded, view), timeout=SOON)
        found += checked(window, entry.title)
        if isinstance(view, PageView):
            for form in stored_forms(view, qtbot):
                found += checked(form, f"{entry.title} {form.windowTitle()} {form.state.text()}")
                read_only += bool(form.why_read_only())
                changeable += not form.why_read_only()
                form.done(0)
            for dialog in dialogs_of(view, window):
                dialog.show()
                found += checked(dialog, f"{entry.title} {dialog.windowTitle()}")
                dialog.done(0)
        window.close_tab(window.tabs.currentIndex())
        settle()
    assert not found, "\n".join(found)
    assert min(read_only, changeable) > 10


def test_a_cut_figure_is_a_flaw(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    table, model = QTableView(window), QStandardItemModel(1, 1)
    item = QStandardItem("1,234,567.89")
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight)
    model.setItem(0, 0, item)
    table.setModel(model)
    window.show()
    table.setColumnWidth(0, 300)
    assert not any("1,234,567.89" in text for text in flaws(window))
    table.setColumnWidth(0, 40)
    assert any("1,234,567.89" in text for text in flaws(window))


def test_light_and_dark_differ_in_colours_only() -> None:
    assert _without_colours(style.sheet(style.LIGHT)) == _without_colours(style.sheet(style.DARK))


def _without_colours(sheet: str) -> str:
    return re.sub(r"#[0-9a-f]{6}|_dark(?=\.svg)", "", sheet)


def pdf() -> bytes:
    """One empty page."""
    page = io.BytesIO()
    canvas = Canvas(page)
    canvas.showPage()
    canvas.save()
    return page.getvalue()


def receipt() -> Drawn:
    """A drawn receipt with a long title."""
    content = pdf()
    sheet = Sheet(title="收费收据（存根联）2026-11-25", form="bill", draw=lambda _: content)
    return Drawn(sheet, content, meta_of(None, 0))


def windows_of(window: MainWindow, folder: Path) -> Iterator[QWidget]:
    """The windows that are no page and no form, as a clerk meets them."""
    api, settings = window.api, window.settings
    long = [f"入库单 RK20261125-{number:04}　上海医药有限公司" for number in range(30)]
    yield PinDialog(window._keys, "审核", long[:1], window)
    yield PinDialog(window._keys, "审核", long, window, (), "30 张，合计 ¥1,234,567.00")
    yield PasswordDialog(window.keeper, "初次登录或密码已到期，请先修改密码", window)
    base, theirs, mine = sample.slip(), sample.slip(supplier="他家"), sample.slip(supplier="我家")
    theirs.remark, mine.remark = (
        "温度记录仪读数正常，外箱无破损，随货同行单已核对" * 3,
        "另一种说法",
    )
    found = conflict.clashes(base, theirs, mine, sample.offline_api().names)
    yield conflict.ConflictDialog(found, ["急件", "运费"], window)
    yield about.key_sheet(window)
    yield about.about("1.0.0", window)
    yield Jump(window.entries, window.memory, window)
    yield Result("审核", [(name, "当前状态是“已入账”，不能审核") for name in long], window)
    yield PreviewDialog(receipt(), None, settings, window)
    department = facts.service("admin.DepartmentService").full_name
    yield PickDialog(window, Records(api, settings, department, window), "")
    view = window.open_title("部门管理")
    assert isinstance(view, PageView)
    yield export.start(view, folder / "部门管理20261125.csv")


def test_every_other_window_can_be_read(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    found = []
    for dialog in windows_of(window, tmp_path):
        dialog.show()
        found += checked(dialog, dialog.windowTitle() or type(dialog).__name__)
        found += checked(dialog, dialog.windowTitle() or type(dialog).__name__)
        if isinstance(dialog, export.ExportDialog):
            qtbot.waitUntil(lambda: "完成" in dialog.text.text(), timeout=SOON)  # noqa: B023
            found += checked(dialog, "导出完成")
        if isinstance(dialog, PinDialog):
            dialog.refused(WrongPin(1))
            found += checked(dialog, "PIN 错误")
        dialog.close()
    window.diagnose()
    page = sample.child(window, DiagnosisPage)
    qtbot.waitUntil(
        lambda: all("正在" not in f.text for f in page._findings.values()), timeout=SOON
    )
    found += checked(window, "诊断")
    window.keeper.lock("窗口已锁定")
    lock = sample.child(window, LockDialog)
    found += checked(lock, "锁定")
    lock.gate.server.say("warning-circle", "连接不上服务器，请检查网线，或联系管理员" * 2, "bad")
    lock.gate.entry.refuse("PIN 错误，只剩最后 1 次；再错将锁定，建议先联系管理员")
    found += checked(lock, "解锁被拒")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("percent", [100, 150])
def test_the_login_window_can_be_read(desk_of: Callable[..., Desk], percent: int) -> None:
    desk = desk_of()
    Settings("", desk.config.home).set("percent", percent)
    login = desk.program.start()
    found = checked(login, "登录")
    login.gate.server.say("warning-circle", "连接不上服务器，请检查网线，或联系管理员" * 2, "bad")
    login.gate.entry.refuse("PIN 错误，只剩最后 1 次；再错将锁定，建议先联系管理员")
    found += checked(login, "登录被拒")
    login.gate.switch.show()
    login.gate.switch.click()
    found += checked(login, "密码登录")
    style.look().apply("light", 100)
    assert not found, "\n".join(found)


@pytest.fixture
def tablet(desk_of: Callable[..., Desk]) -> Iterator[MainWindow]:
    """The same window where fingers choose."""
    desk = desk_of(*Registry(SERVICES).permissions())
    Settings(desk.who.staff_no, desk.config.home).set("density", "touch")
    shown = desk.log_in()
    shown.resize(SMALLEST)
    yield shown
    style.look().density = "normal"
    style.look().apply("light", 100)


def test_every_page_can_be_used_with_fingers(tablet: MainWindow, qtbot: QtBot) -> None:
    """Rows of 48 to 60, whatever is pressed or typed into at least 44 high, a flick scrolls."""
    found = []
    for entry in tablet.entries:
        view = tablet.open_page(entry)
        qtbot.waitUntil(partial(loaded, view), timeout=SOON)
        found += checked(tablet, entry.title)
        if isinstance(view, PageView):
            assert 48 <= view.table.verticalHeader().defaultSectionSize() <= 60
            assert QScroller.hasScroller(view.table.viewport())
            found += [f"{entry.title}: {small}" for small in too_small(view)]
            for dialog in dialogs_of(view, tablet):
                dialog.show()
                found += checked(dialog, f"{entry.title} {dialog.windowTitle()}")
                found += [f"{dialog.windowTitle()}: {small}" for small in too_small(dialog)]
                dialog.done(0)
        tablet.close_tab(tablet.tabs.currentIndex())
        settle()
    assert not found, "\n".join(found)


def too_small(holder: QWidget) -> Iterator[str]:
    """What a finger would miss."""
    for kind in (QAbstractButton, QLineEdit, QComboBox):
        for widget in holder.findChildren(kind):
            inside = isinstance(widget.parentWidget(), QAbstractItemView | QComboBox | QLineEdit)
            if widget.isVisible() and not inside and widget.height() < 44:
                yield f"{type(widget).__name__} {widget.accessibleName()} {widget.height()} px"


def test_rows_are_as_dense_as_the_user_likes(desk_of: Callable[..., Desk]) -> None:
    window = desk_of("admin.department.read").log_in()
    view = window.open_title("部门管理")
    assert isinstance(view, PageView)
    heights = []
    for density in ("dense", "normal", "large", "touch"):
        window._set_look("density", density)
        heights.append(view.table.verticalHeader().defaultSectionSize())
    window._set_look("density", "normal")
    assert heights == sorted(set(heights))


RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIGNS = ("indicator", "chunk", "handle", "separator", "scroller", "splitter")


def pairs(sheet: str) -> Iterator[tuple[str, str, str]]:
    """(selector, colour token, ground token) wherever the sheet writes on a ground."""
    rules: dict[str, dict[str, str]] = {}
    for selectors, body in RULE.findall(re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)):
        found = dict(
            re.findall(r"(?<![-\w])((?:selection-)?(?:background-)?color|background): @(\w+)", body)
        )
        for selector in selectors.split(","):
            rules.setdefault(selector.strip(), {}).update(found)
    for selector, found in rules.items():
        if any(sign in selector for sign in SIGNS):
            continue
        base = rules.get(
            re.sub(r":(hover|focus|pressed|selected|disabled|checked)$", "", selector), {}
        )
        inside = rules.get(f"{selector} QLabel", {})
        colour = inside.get("color", found.get("color", base.get("color", "text")))
        around = rules.get(selector.rpartition(" ")[0], {})
        ground = found.get("background", base.get("background", around.get("background")))
        grounds = [ground] if ground and ground in TOKENS else ["window", "surface", "raised"]
        for each in grounds:
            yield selector, colour, each
        if "selection-background-color" in found:
            yield selector, found["selection-color"], found["selection-background-color"]


TOKENS = {field.name for field in dataclasses.fields(style.Tokens)}


@pytest.mark.parametrize("tokens", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_every_pair_of_colours_in_the_sheet_can_be_read(tokens: style.Tokens) -> None:
    """4.5 : 1 for texts; 3 : 1 for what is switched off, for signs and for the edges of fields."""
    sheets = [(files("resources") / name).read_text("utf-8") for name in ("style.qss", "touch.qss")]
    seen = set()
    for selector, colour, ground in pairs("".join(sheets)):
        ratio = style.contrast(getattr(tokens, colour), getattr(tokens, ground))
        least = 3 if colour == "disabled" or "read-only" in selector else 4.5
        assert ratio >= least, f"{selector}: {colour} on {ground} has {ratio:.2f}"
        seen.add((colour, ground))
    assert len(seen) > 20
    for sign in ("field_border", "accent", "bad", "muted"):
        for ground in ("surface", "window", "raised"):
            ratio = style.contrast(getattr(tokens, sign), getattr(tokens, ground))
            assert ratio >= 3, f"{sign} on {ground} has {ratio:.2f}"
