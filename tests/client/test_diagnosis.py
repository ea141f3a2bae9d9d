"""When it breaks, help comes quickly: a number, the ill part by name, a bundle without patients."""

import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from client.core import diagnosis, faults
from client.core.diagnosis import DiagnosisPage, Finding, verdict
from protos.admin import person_pb2
from server.admin.department import DepartmentService
from server.core.call import Call
from tests.client.desk import SOON, Desk

MAY = ("admin.person.read", "admin.person.write", "admin.department.read", "admin.department.write",
       "admin.personal.view")  # fmt: skip
PLANTED = ("钱秋月", "310101199001010011", "13912345678")


@pytest.fixture
def logging_home(desk_of: Callable[..., Desk]) -> Iterator[Desk]:
    """A workstation that writes its log at the finest level."""
    desk = desk_of(*MAY)
    root, before = logging.getLogger(), logging.getLogger().level
    kept = list(root.handlers)
    diagnosis.start_log(desk.config.home)
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
    text = (logging_home.config.home / diagnosis.LOG).read_text("utf-8")
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


def test_the_page_says_which_part_is_ill(desk: Desk, qtbot: QtBot) -> None:
    page = page_of(desk, qtbot)
    assert page._findings["服务器"].tone == "good"
    assert page._findings["UKEY"].tone == "good"
    desk.cable.cut()
    qtbot.waitUntil(lambda: not page._connection.api.is_online, timeout=SOON)
    page.refresh()
    qtbot.waitUntil(lambda: page._findings["服务器"].tone == "bad", timeout=SOON)
    assert "服务器" in page._lines["结论"].label.text()
    desk.reader.remove()
    qtbot.waitUntil(lambda: page._findings["UKEY"].tone == "warn", timeout=SOON)
    desk.cable.mend()


@pytest.mark.parametrize("part", diagnosis.PARTS)
def test_the_verdict_names_each_ill_part(part: str) -> None:
    well = [Finding(each, "好", "good") for each in diagnosis.PARTS if each != part]
    assert verdict([*well, Finding(part, "坏", "bad")]).text.startswith(f"有故障：{part}。")
    assert verdict([*well, Finding(part, "可疑", "warn")]).text.startswith(f"请留意：{part}；")
    assert verdict([*well, Finding(part, "好", "good")]).tone == "good"


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
