"""When it breaks, help comes quickly: a number, the ill part by name, a bundle without patients."""

import json
import logging
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from client.__main__ import choose_input_method
from client.core import client_log, faults
from client.core.diagnosis import DiagnosisDialog, DiagnosisPage
from client.core.printers import Printers
from client.core.settings import Settings
from protos.admin import person_pb2
from server.admin.department import DepartmentService
from server.core.call import Call
from tests.client.cupsd import Cups
from tests.client.desk import SOON, Desk
from tests.client.fcitx import Desktop

MAY = ("admin.person.read", "admin.person.write", "admin.department.read", "admin.department.write",
       "admin.personal.view")  # fmt: skip
PLANTED = ("钱秋月", "310101199001010011", "13912345678")


@pytest.fixture
def logging_home(desk_of: Callable[..., Desk]) -> Iterator[Desk]:
    """A workstation that writes its log at the finest level."""
    desk = desk_of(*MAY)
    root, before = logging.getLogger(), logging.getLogger().level
    kept = list(root.handlers)
    client_log.start_log(desk.config.home)
    root.setLevel(logging.DEBUG)
    yield desk
    for handler in set(root.handlers) - set(kept):
        handler.close()
        root.removeHandler(handler)
    root.setLevel(before)


def page_of(desk: Desk, qtbot: QtBot) -> DiagnosisPage:
    window = desk.program.window or desk.log_in()
    window.diagnose()
    page = window.tabs.currentWidget()
    assert isinstance(page, DiagnosisPage)
    qtbot.waitUntil(lambda: page._findings["服务器"].tone != "muted", timeout=SOON)
    qtbot.waitUntil(lambda: "正在" not in page._findings["系统部件"].text, timeout=SOON)
    return page


def test_a_fault_of_the_program_gets_a_number_and_one_line_without_what_was_typed(
    logging_home: Desk,
) -> None:
    def fails(typed: str) -> None:
        raise ValueError(f"cannot read {typed}")

    for _ in range(2):
        try:
            fails(PLANTED[1])
        except ValueError as error:
            faults.caught(ValueError, error, error.__traceback__)
    (box,) = faults._shown  # one box, however many faults
    told = re.search(r"编号 ([0-9A-F]{8})", box.text())
    assert told
    text = (logging_home.config.home / client_log.LOG).read_text("utf-8")
    lines = [line for line in text.splitlines() if "client.fault" in line]
    assert len(lines) == 2
    assert told[1] in lines[0]
    assert "ValueError at test_diagnosis.py" in lines[0]
    assert PLANTED[1] not in text
    box.done(0)
    assert not faults._shown


def test_the_bundle_holds_no_patient_whatever_was_typed_and_went_wrong(
    logging_home: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    """A name, a card and a phone go through form, draft, saved query and a refused save."""
    window = logging_home.log_in()
    view: Any = window.open_title("人员信息")
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    view.filters.restore({"": [PLANTED[0]]})
    view.filters.queries.save(PLANTED[0], view.filters.state())
    view.run()
    view.new_record()
    form = view.forms[-1]
    for name, value in zip(("name", "id_card", "phone"), PLANTED, strict=True):
        editor = form.body.boxes[name].editor
        editor.set_value(value)
        editor.changed.emit()
    form._keep_draft()
    request = person_pb2.Person(name=PLANTED[0], id_card=PLANTED[1], phone=PLANTED[2], staff_no="1")
    failed: list[Any] = []
    create = view.page.method("Create")
    window.api.call(create, request, form, failed.append, failed.append)
    qtbot.waitUntil(lambda: bool(failed), timeout=SOON)
    page = page_of(logging_home, qtbot)
    page.save_bundle(tmp_path / "d.zip")
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        assert {"diagnosis.json", "client.log"} <= set(archive.namelist())
        inside = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [text for text in PLANTED if text in inside] == []
    form.load(form.record)
    form.done(0)


@pytest.fixture
def fcitx5(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    """A session with fcitx5, which this process belongs to from now on."""
    folder = tmp_path / "session"
    folder.mkdir()
    session = Desktop(folder)
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME", "QT_IM_MODULE", "XMODIFIERS"):
        monkeypatch.setenv(name, session.env[name])
    monkeypatch.setenv("IBUS_USE_PORTAL", "")
    choose_input_method()
    yield session
    session.close()


@pytest.mark.xdist_group("fcitx")
def test_the_page_says_which_part_is_ill(
    desk: Desk, cups: Cups, fcitx5: Desktop, qtbot: QtBot
) -> None:
    """A real server, key, printer and input method, one falling ill after the other."""
    cups.queue("Office", default=True)
    page = page_of(desk, qtbot)

    def says(part: str, tone: str, verdict: str) -> None:
        page.refresh()
        qtbot.waitUntil(lambda: page._findings[part].tone == tone, timeout=SOON)
        qtbot.waitUntil(lambda: verdict in page._lines["结论"].label.text(), timeout=SOON)

    says("输入法", "good", "都没有发现问题")
    cups.pause("Office")
    says("打印机", "warn", "请留意：打印机；")
    assert "已停用（已暂停）" in page._lines["打印机"].label.text()
    fcitx5.end("fcitx5")
    says("输入法", "bad", "有故障：输入法。")
    assert "请启动输入法" in page._lines["输入法"].label.text()
    desk.cable.cut()
    qtbot.waitUntil(lambda: not desk.program.connection.api.is_online, timeout=SOON)
    says("服务器", "bad", "有故障：服务器、输入法。")
    desk.reader.remove()
    qtbot.waitUntil(lambda: page._findings["UKEY"].tone == "warn", timeout=SOON)
    desk.cable.mend()


def test_before_login_the_person_sees_what_is_ill_and_saves_the_bundle(
    desk: Desk, cups: Cups, qtbot: QtBot, tmp_path: Path
) -> None:
    """No server, no key, the printer paused, the printer of bills gone, no input method."""
    desk.reader.remove()
    desk.cable.cut()
    cups.queue("Office", default=True)
    cups.pause("Office")
    Printers(Settings("", desk.config.home)).mark_bill("Bill", bill=True)
    login = desk.program.start()
    qtbot.waitUntil(lambda: len(login.troubles) == 2, timeout=SOON)
    assert "“Bill”不在了" in login.troubles["打印机"].label.text()
    assert "已停用（已暂停）" in login.troubles["打印机"].label.text()
    assert "请信息科" in login.troubles["输入法"].label.text()
    assert login.gate.key.label.text() == "请插入 UKEY"
    qtbot.waitUntil(lambda: login.gate.server.label.property("tone") == "bad", timeout=SOON)
    shot(login, "登录")
    button(login, "诊断").click()
    dialog = login.findChild(DiagnosisDialog)
    assert dialog is not None
    page = dialog.page
    qtbot.waitUntil(lambda: page._findings["服务器"].tone == "bad", timeout=SOON)
    qtbot.waitUntil(lambda: "系统部件" in page._findings, timeout=SOON)
    qtbot.waitUntil(lambda: "正在" not in page._findings["系统部件"].text, timeout=SOON)
    shot(dialog, "登录前诊断")
    QTimer.singleShot(0, lambda: choose(tmp_path / "d.zip", qtbot))
    button(page, "保存诊断包…").click()
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        told = {each["what"]: each for each in json.loads(archive.read("diagnosis.json"))}
    assert told["服务器"]["tone"] == "bad"
    assert "Bill" in told["打印机"]["text"]
    assert "已保存" in page._saved.text()
    cups.resume("Office")
    cups.queue("Bill")
    page.refresh()
    qtbot.waitUntil(lambda: page._findings["打印机"].tone == "good", timeout=SOON)
    dialog.reject()
    desk.cable.mend()
    desk.reader.insert(desk.card)
    qtbot.waitUntil(lambda: login.gate.info is not None, timeout=SOON)
    desk.log_in()


def button(inside: QWidget, text: str) -> QPushButton:
    return next(each for each in inside.findChildren(QPushButton) if each.text() == text)


def choose(path: Path, qtbot: QtBot) -> None:
    """Type a name into the file dialog that opens, and accept."""
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None, timeout=SOON)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    dialog.selectFile(str(path))
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save).click()  # type: ignore[union-attr]


def shot(widget: QWidget, name: str) -> None:
    """A picture for a person to look at, where the run asks for pictures."""
    if folder := os.environ.get("AMB_SHOTS"):
        widget.grab().save(str(Path(folder) / f"{name}.png"))


def test_the_versions_of_everything_that_matters_are_told(desk: Desk, qtbot: QtBot) -> None:
    page = page_of(desk, qtbot)
    told = "，".join(finding.text for finding in page._findings.values())
    for name in ("客户端", "版本", "Python", "Qt", "OpenSSL", "glibc", "cryptography"):
        assert re.search(rf"{name}[^，]* \d+(\.\d+)+", told), name
    for name in ("pcscd", "CUPS", "fcitx5", "ibus"):
        assert re.search(rf"{name} (\d+(\.\d+)+|未安装|未运行|已运行|已安装|没有回应)", told), name


def test_a_fault_of_ours_gives_a_number_to_quote_that_stands_in_the_server_s_log(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    qtbot: QtBot,
) -> None:
    def broken(_: DepartmentService, __: Call, ___: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(DepartmentService, "complete", broken)
    window = desk.log_in()
    view: Any = window.open_title("部门管理")
    number = re.compile(r"编号 ([0-9A-F]{8})")
    qtbot.waitUntil(lambda: number.search(view.notice.text()) is not None, timeout=SOON)
    assert view.retry.isVisible()
    quoted = set(number.findall(view.notice.text()))
    assert quoted <= {getattr(record, "error_id", "") for record in caplog.records}
