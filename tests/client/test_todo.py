"""The to-do number is true: it equals the list it opens, after whatever many people did."""

import random
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from client.core import operations
from client.core.form import FormDialog
from client.core.todo import TodoWatch
from client.core.view import PageView
from client.inventory.receipt import receipts
from protos.inventory import receipt_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from tests.client.desk import SOON, Desk
from tests.inventory.world import HEAD, KEEPER, RECEIPT, World, named
from tests.people import Clerk, add_step, todos, waits

ACTIONS = 200
SEED = 20261125
SERVICE = "inventory.ReceiptService"
STATE = receipt_pb2.Receipt
WHY = "填写有误，请改正后重报"


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> World:
    return World(server, someone)


def todo(clerk: Clerk, service: str = SERVICE) -> int | None:
    return todos(clerk).get(service)


def waiting(clerk: Clerk) -> tuple[int, set[int]]:
    """What the list the number opens says: its count, and the ids in it."""
    return waits(clerk, SERVICE)


class Office:
    """Five people at work on receipts; knows by itself what should wait for whom."""

    def __init__(self, world: World, people: list[Clerk], dice: random.Random) -> None:
        self.world, self.people, self.dice = world, people, dice
        self.bills: dict[int, Any] = {}
        self.sender: dict[int, int] = {}  # who submitted a bill last
        self.refused = 0

    def act(self) -> None:
        """One random deed by a random person; the server may refuse it."""
        clerk = self.dice.choice(self.people)
        if not self.bills or self.dice.random() < 0.25:
            self._note(clerk(RECEIPT + "Create", self._draft()))
            return
        bill = self.dice.choice(list(self.bills.values()))
        verb = self.dice.choice(["Submit", "Submit", "Approve", "Reject", "Withdraw", "Void"])
        request: Any = named(bill)
        if verb in ("Reject", "Void"):
            request = ReturnRequest(id=bill.id, version=bill.version, reason=WHY)
        try:
            answer = clerk(RECEIPT + verb, request)
        except grpc.RpcError:
            self.refused += 1
            return
        if verb == "Submit":
            self.sender[bill.id] = clerk.who.id
        self._note(answer)

    def _draft(self) -> Any:
        return self.world.draft(self.world.line(f"L{len(self.bills)}", 300, 1))

    def _note(self, bill: Any) -> None:
        self.bills[bill.id] = bill

    def waits_for(self, clerk: Clerk) -> set[int]:
        """What this person may approve now."""
        open_bills = (b for b in self.bills.values() if b.state == STATE.SUBMITTED)
        return {b.id for b in open_bills if clerk.who.id not in (b.maker_id, self.sender[b.id])}


def test_the_numbers_equal_the_lists_after_two_hundred_deeds_of_five_people(
    world: World, someone: Callable[..., Clerk]
) -> None:
    people = [someone(*KEEPER, *HEAD, name=f"用户{n}") for n in range(4)]
    people.append(someone(*KEEPER, name="只能制单"))
    office = Office(world, people, random.Random(SEED))
    for number in range(1, ACTIONS + 1):
        office.act()
        if number % 25 == 0:
            check(office)
    assert office.refused > 20
    assert sum(bool(office.waits_for(clerk)) for clerk in people[:4]) > 1


def check(office: Office) -> None:
    for clerk in office.people[:4]:
        count, ids = waiting(clerk)
        assert todo(clerk) == count == len(ids)
        assert ids == office.waits_for(clerk)
    assert todo(office.people[4]) is None
    assert waiting(office.people[4]) == (0, set())


def test_of_several_steps_each_waits_for_the_people_of_its_turn(
    world: World, server: Running, someone: Callable[..., Clerk]
) -> None:
    first = someone(*HEAD, "inventory.ledger.read", name="一审")
    second = someone(*HEAD, "inventory.stock.read", name="二审")
    with server.worker.app.sessions.write() as db:
        turns = (("一审", "inventory.ledger.read"), ("二审", "inventory.stock.read"))
        for position, (label, permission) in enumerate(turns, 1):
            add_step(db, SERVICE, position, permission, label=label)
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 300, 1)))
    sent = world.keeper(RECEIPT + "Submit", named(made))
    assert (todo(first), todo(second)) == (1, 0)
    half = first(RECEIPT + "Approve", named(sent))
    assert half.state == STATE.SUBMITTED
    assert (todo(first), todo(second)) == (0, 1)
    with pytest.raises(grpc.RpcError, match="已有人审批"):
        world.keeper(RECEIPT + "Withdraw", named(half))
    second(RECEIPT + "Approve", named(half))
    assert (todo(first), todo(second)) == (0, 0)


def test_a_step_by_amount_waits_only_for_the_documents_it_is_for(
    world: World, server: Running, someone: Callable[..., Clerk]
) -> None:
    first = someone(*HEAD, "inventory.ledger.read", name="一审")
    second = someone(*HEAD, "inventory.stock.read", name="财务")
    with server.worker.app.sessions.write() as db:
        add_step(db, SERVICE, 1, "inventory.ledger.read")
        add_step(db, SERVICE, 2, "inventory.stock.read", from_amount=100_000)
    dear, cheap = (
        world.keeper(RECEIPT + "Submit", named(world.keeper(RECEIPT + "Create", draft)))
        for draft in (world.draft(world.line("L1", 300, 99)), world.draft(world.line("L2", 300, 1)))
    )
    assert (dear.amount >= 100_000, cheap.amount >= 100_000) == (True, False)
    assert (todo(first), todo(second)) == (2, 0)
    assert first(RECEIPT + "Approve", named(cheap)).state != STATE.SUBMITTED
    half = first(RECEIPT + "Approve", named(dear))
    assert half.state == STATE.SUBMITTED
    assert (todo(first), todo(second)) == (0, 1)
    assert waiting(second) == (1, {dear.id})
    assert second(RECEIPT + "Approve", named(half)).state != STATE.SUBMITTED


def submitted(world: World, count: int) -> list[Any]:
    made = [
        world.keeper(RECEIPT + "Create", world.draft(world.line(f"L{n}", 300, 1)))
        for n in range(count)
    ]
    return [world.keeper(RECEIPT + "Submit", named(each)) for each in made]


def test_the_number_on_the_start_page_opens_its_list_and_the_next_document_follows(
    world: World, desk_of: Callable[..., Desk], qtbot: QtBot
) -> None:
    """Approver's whole round: number, list, document with history, decision, the next one."""
    records = submitted(world, 3)
    world.received(world.line("P1", 300, 1))  # done already: in the list of all, not of the to-do
    window = desk_of(*HEAD, name="赵审核").log_in()
    entry = next(each for each in window.entries if each.page is receipts)
    qtbot.waitUntil(lambda: entry.key in window.start._todo, timeout=SOON)
    label, count, go = window.start._todo[entry.key]
    assert (label, count) == (receipts.title, 3)
    go()
    view = window.tabs.currentWidget()
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: not view.model.is_loading and view.model.count == 3, timeout=SOON)
    assert "待我处理" in view.filters.describe()
    view.table.selectRow(0)
    view.open_chosen()
    form = view.forms[0]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    first = form.record
    _reject(form, first)
    qtbot.waitUntil(lambda: form.record.id != first.id, timeout=SOON)
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    assert form.record.id == sorted((each.id for each in records), reverse=True)[1]
    assert first.number in form.note.text()
    qtbot.waitUntil(lambda: view.model.count == 2, timeout=SOON)
    qtbot.waitUntil(lambda: window.start._todo[entry.key][1] == 2, timeout=SOON)
    form.done(0)


def test_numbers_that_could_not_be_fetched_anew_say_since_when_they_stand(
    world: World, server: Running, desk_of: Callable[..., Desk], qtbot: QtBot
) -> None:
    submitted(world, 1)
    window = desk_of(*HEAD, name="赵审核").log_in()
    watch = window.findChild(TodoWatch)
    assert watch is not None
    heading = window.start._headings[0]
    qtbot.waitUntil(lambda: bool(window.start._todo), timeout=SOON)
    assert heading.text() == "待办"
    with server.worker.app.sessions.write() as db:  # the answer fails, as it would with no net
        db.execute(text("ALTER TABLE core_approval_step RENAME TO core_gone"))
    watch.ask()
    qtbot.waitUntil(lambda: "之后没有取到新的" in heading.text(), timeout=SOON)
    badges = [item for item in window.menu._leaves() if item.text(1)]
    assert [item.text(1) for item in badges] == ["1"]  # the number itself stays
    assert "之后没有取到新的" in badges[0].toolTip(1)


def _reject(form: FormDialog, record: Any) -> None:
    """What the button does after the reason was given."""
    method = form.page.method("Reject")
    request = ReturnRequest(id=record.id, version=record.version, reason=WHY)
    operations.run(form._api, form, method, request, form._verb_done, form._verb_failed)
