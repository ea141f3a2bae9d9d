"""One PIN and the pile is signed: thirty documents, each by itself, whatever happens on the way."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QTreeWidget
from pytestqt.qtbot import QtBot

from client.core import bulk, entry
from client.core.piles import Result
from client.core.pin import PinDialog
from client.core.view import PageView
from client.inventory.receipt import receipts
from protos.inventory import receipt_pb2
from server.core.audit import AuditRow, CallSignature
from server.core.run import Running
from server.inventory.receipt import Receipt
from tests.client.desk import SOON, Desk
from tests.inventory.world import HEAD, RECEIPT, World, named
from tests.people import Clerk
from ukey.errors import SessionLost
from ukey.gmt0017 import INS_SIGN_SM2
from ukey.virtual import inprocess
from ukey.virtual.card import VirtualCard

DOCUMENTS = 30
PULLED_AT = 10
APPROVED, SUBMITTED = receipt_pb2.Receipt.APPROVED, receipt_pb2.Receipt.SUBMITTED


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> World:
    return World(server, someone)


@pytest.fixture
def springs(monkeypatch: pytest.MonkeyPatch) -> dict[int, Callable[[], None]]:
    """What happens at the key just before its n-th signature; count them from the first PIN."""
    found: dict[int, Callable[[], None]] = {}
    signed = 0

    class Trapped(VirtualCard):
        """The card as it is, but for what the test has in store."""

        def transmit(self, command: bytes) -> bytes:
            nonlocal signed
            if command[1] == INS_SIGN_SM2 and found:
                signed += 1
                found.get(signed, _nothing)()
            return super().transmit(command)

    monkeypatch.setattr(inprocess, "VirtualCard", Trapped)
    return found


def _nothing() -> None:
    pass


@pytest.fixture
def desk(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of(*HEAD, name="赵审核")


def submitted(world: World, count: int) -> list[Any]:
    """Receipts that wait for approval."""
    made = [world.keeper(RECEIPT + "Create", world.draft(world.line(f"L{n}", 300, 1)))
            for n in range(count)]  # fmt: skip
    return [world.keeper(RECEIPT + "Submit", named(each)) for each in made]


def chosen_view(desk: Desk, count: int, qtbot: QtBot) -> PageView:
    """The list of what waits, all of it chosen."""
    view = desk.log_in().open_title(receipts.title)
    assert isinstance(view, PageView)
    view.show_waiting()
    qtbot.waitUntil(lambda: len(view.model.rows) == count, timeout=SOON)
    view.table.selectAll()
    return view


def asked(view: QObject, qtbot: QtBot) -> PinDialog:
    qtbot.waitUntil(lambda: view.findChild(PinDialog) is not None, timeout=SOON)
    dialog = view.findChild(PinDialog)
    assert dialog is not None
    return dialog


def result_of(view: QObject, qtbot: QtBot) -> Result:
    qtbot.waitUntil(lambda: view.findChild(Result) is not None, timeout=3 * SOON)
    result = view.findChild(Result)
    assert result is not None
    return result


def states(server: Running, records: list[Any]) -> list[int]:
    with server.worker.app.sessions.read() as db:
        return [db.get_one(Receipt, each.id).state for each in records]


def test_thirty_take_one_pin_and_the_wrong_one_is_told_and_stays_chosen(
    desk: Desk, world: World, server: Running, qtbot: QtBot
) -> None:
    records = submitted(world, DOCUMENTS)
    view = chosen_view(desk, DOCUMENTS, qtbot)
    wrong = records[17]
    world.keeper(RECEIPT + "Withdraw", named(wrong))  # between the list and the PIN
    view.do("Approve")
    dialog = asked(view, qtbot)
    money = entry.grouped(sum(each.amount for each in records), 2)
    assert sum(each.amount for each in records) > 0
    heads = [label.text() for label in dialog.findChildren(QLabel)]
    assert f"审批通过　{DOCUMENTS} 张，合计 ¥{money}" in heads
    desk.type_pin(dialog)
    result = result_of(view, qtbot)
    assert result.summary.text() == "29 条已审批通过，1 条没有完成，仍然选中。"
    tree = result.findChild(QTreeWidget)
    assert tree is not None
    items = [tree.topLevelItem(n) for n in range(DOCUMENTS)]
    told = [(item.text(0), item.text(1)) for item in items if item is not None]
    assert [name for name, text in told if text != "已审批通过"] == [f"入库单 {wrong.number}"]
    assert states(server, records).count(APPROVED) == DOCUMENTS - 1
    assert _signatures(server) == DOCUMENTS - 1
    result.accept()


def _signatures(server: Running) -> int:
    """Signatures over approvals, each of another text."""
    with server.worker.app.sessions.read() as db:
        approvals = AuditRow.action.endswith("ReceiptService.Approve") & (AuditRow.signature_id > 0)
        ids = [row.signature_id for row in db.query(AuditRow).filter(approvals)]
        texts = {row.text for row in db.query(CallSignature).filter(CallSignature.id.in_(ids))}
    return len(texts)


def test_what_failed_stays_chosen(desk: Desk, world: World, qtbot: QtBot) -> None:
    records = submitted(world, 4)
    view = chosen_view(desk, 4, qtbot)
    own_version = records[2]
    back = world.keeper(RECEIPT + "Withdraw", named(own_version))
    world.keeper(RECEIPT + "Submit", named(back))  # waits again, but is another version
    view.do("Approve")
    desk.type_pin(asked(view, qtbot))
    result_of(view, qtbot).accept()
    qtbot.waitUntil(lambda: len(view.model.rows) == 1, timeout=SOON)
    assert [row.id for row in view.table.chosen()] == [own_version.id]


def test_a_key_pulled_at_ten_stops_at_ten(
    desk: Desk,
    world: World,
    server: Running,
    springs: dict[int, Callable[[], None]],
    qtbot: QtBot,
) -> None:
    records = submitted(world, DOCUMENTS)
    window, ended = desk.log_in(), list[list[str]]()
    method = receipts.method("Approve")
    names = [each.number for each in records]
    requests = [named(each) for each in records]
    bulk.Bulk(window.api, window, method, requests, names, ended.append).start()
    springs[PULLED_AT] = lambda: _pull(desk)
    desk.type_pin(asked(window, qtbot))
    qtbot.waitUntil(lambda: bool(ended), timeout=3 * SOON)
    done = [text == "" for text in ended[0]]
    assert [state == APPROVED for state in states(server, records)] == done
    # Those signed before the key was pulled may meet the lock; none after it was signed at all.
    assert not any(done[PULLED_AT - 1 :])
    assert done[0]
    assert all("UKEY" in text for text in ended[0][PULLED_AT - 1 :]), ended[0]


def test_after_the_time_of_one_pin_it_is_asked_again_for_the_rest(
    desk: Desk,
    world: World,
    server: Running,
    springs: dict[int, Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setattr(bulk, "WITHIN", 1500)
    records = submitted(world, 6)
    window, ended = desk.log_in(), list[list[str]]()
    go_on = threading.Event()
    springs[4] = lambda: _wait(go_on)  # the key is slow at the fourth
    requests, names = [named(each) for each in records], [each.number for each in records]
    approve = receipts.method("Approve")
    bulk.Bulk(window.api, window, approve, requests, names, ended.append).start()
    first = asked(window, qtbot)
    desk.type_pin(first)
    qtbot.waitUntil(lambda: states(server, records).count(APPROVED) == 3, timeout=SOON)
    qtbot.waitUntil(lambda: window.findChild(PinDialog) not in (None, first), timeout=SOON)
    again = asked(window, qtbot)
    go_on.set()
    monkeypatch.setattr(bulk, "WITHIN", 120_000)
    desk.type_pin(again)
    qtbot.waitUntil(lambda: bool(ended), timeout=SOON)
    assert ended == [[""] * 6]
    assert states(server, records) == [APPROVED] * 6


def _pull(desk: Desk) -> None:
    """Out of the reader in the middle of the signature."""
    desk.reader.remove()
    raise SessionLost


def _wait(go_on: threading.Event) -> None:
    assert go_on.wait(SOON / 1000)


def test_no_more_than_fifty_are_offered_at_once(desk: Desk, world: World, qtbot: QtBot) -> None:
    submitted(world, bulk.MOST + 1)
    view = chosen_view(desk, bulk.MOST + 1, qtbot)
    assert not view.actions_of["Approve"].isEnabled()
    assert view.actions_of["Approve"].toolTip() == "一次最多办理 50 条，现在选了 51 条"
    many = [named(row) for row in view.model.rows]
    approve = receipts.method("Approve")
    with pytest.raises(ValueError, match="1 to 50"):
        bulk.Bulk(view.api, view, approve, many, [""] * len(many), print)
