"""Empty ampoules of controlled drugs: handed in, received by a second person, adding up."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import empties_pb2 as pb
from protos.inventory import item_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from resources.print.inventory import empties as slip
from resources.print.inventory import period as form
from server.core.run import Running
from server.inventory.consumption import Use, consume
from tests.inventory.test_print import META
from tests.inventory.test_print import text_of as printed
from tests.inventory.test_role_item import bind
from tests.inventory.world import ISSUE, World, call_of, day, named
from tests.people import Clerk, faults_of, refused, text_of

EMPTIES, BALANCE = "inventory.EmptiesService.", "inventory.EmptiesBalanceService."
E, V = pb.EmptiesReturn, pb.EmptiesBalance
_ALL = tuple(f"inventory.empties.{verb}" for verb in ("read", "write", "receive"))


class Ward(World):
    """A doctor with four ampoules of morphine, of which patients got some."""

    def __init__(self, server: Running, someone: Callable[..., Clerk]) -> None:
        hands = {"李库管": _ALL[::2], "陈医生": _ALL[:2]}
        super().__init__(server, lambda *p, **v: someone(*p, *hands.get(v["name"], ()), **v))
        self.both = someone(*_ALL, name="全权")
        self.morphine = self.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
        bind(self, self.doctor, self.morphine)
        pair = {"acceptor_id": self.keeper.who.id, "second_acceptor_id": self.head.who.id}
        self.received(self.line("M1", 400, 1, item_id=self.morphine), **pair)
        wanted = self.wanting(4, self.centre, self.own)
        wanted.lines[0].item_id = self.morphine
        self.doctor(ISSUE + "Receive", named(self.sent(wanted)))
        self.lot = self.lots(self.own)["M1"]

    def used(self, quantity: int, version: int = 1) -> None:
        """A record says the doctor's patient got so many."""
        with self.server.worker.app.sessions.write() as db:
            call, now = call_of(self.server, self.doctor, db), datetime.now(UTC)
            uses = [Use(self.morphine, quantity, now)]
            consume(call, doctor_id=self.doctor.who.id, task_id=1, emr_id=9, task_no="T-9",
                    lines=uses, emr_version=version)  # fmt: skip

    def empties(self, quantity: int, **values: Any) -> pb.EmptiesReturn:
        """What the doctor fills in."""
        told: dict[str, Any] = {
            "item_id": self.morphine,
            "lot_id": self.lot,
            "business_on": day(0),
            **values,
        }
        return E(quantity=quantity, **told)

    def row(self) -> pb.EmptiesBalance:
        """The only row of the conservation."""
        (row,) = self.keeper(BALANCE + "List", ListRequest()).rows
        return row


@pytest.fixture
def ward(server: Running, someone: Callable[..., Clerk]) -> Ward:
    """Four ampoules issued."""
    return Ward(server, someone)


@pytest.mark.requirement(13)
@pytest.mark.requirement(20)
def test_what_was_issued_comes_back_full_empty_or_registered_as_lost(ward: Ward) -> None:
    row = ward.row()
    assert (row.issued, row.closing, row.verdict, row.words) == (4, 4, V.CLOSED, "当日没有使用")
    ward.used(3)
    row = ward.row()
    assert (row.business_on, row.opening, row.used, row.closing, row.gap) == (day(0), 0, 3, 1, 3)
    assert (row.verdict, row.words) == (
        V.MISSING, "用去3支，收回空安瓿0支，少3支：请补交，或登记碎失并写明经过",
    )  # fmt: skip
    sent = ward.doctor(EMPTIES + "Create", ward.empties(2, broken=1, remark="一支落地摔碎"))
    row = ward.row()
    assert (row.pending, row.verdict) == (3, V.WAITING)
    assert "另有3支待接收：请点清接收" in row.words
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        ward.doctor(EMPTIES + "Receive", named(sent))
    got = ward.keeper(EMPTIES + "Receive", named(sent))
    assert (got.state, got.receiver_name, got.person_name) == (E.RECEIVED, "李库管", "陈医生")
    row = ward.row()
    assert (row.empties, row.broken, row.gap, row.verdict) == (2, 1, 0, V.CLOSED)
    assert row.opening + row.issued == (
        row.empties + row.broken + row.returned + row.lost + row.closing
    )
    ward.used(2, version=2)  # the record is amended: one came back full
    row = ward.row()
    assert (row.used, row.closing, row.gap, row.verdict) == (2, 2, -1, V.SURPLUS)
    assert "多1支" in row.words


@pytest.mark.requirement(13)
@pytest.mark.requirement(20)
def test_the_register_counts_the_empties_and_prints_them(ward: Ward) -> None:
    ward.used(3)
    sent = ward.doctor(EMPTIES + "Create", ward.empties(2))
    text = printed(slip.draw(ward.keeper(EMPTIES + "Receive", named(sent)), META), "empties")
    for part in ("空安瓿交接单", sent.number, "陈医生", "李库管", "盐酸吗啡注射液", "M1"):
        assert part in text, part
    (row,) = ward.keeper("inventory.RegisterService.List", ListRequest()).rows
    assert (row.used, row.empties, row.broken, row.missing) == (3, 2, 0, 1)
    seen = ward.keeper("inventory.RegisterService.Get", IdRequest(id=row.id))
    (line,) = seen.handed_in
    assert (line.quantity, line.person_name, line.receiver_name) == (2, "陈医生", "李库管")
    text = printed(form.draw_register(seen, META), "register")
    for part in ("收回空安瓿", "空安瓿交回", sent.number):
        assert part in text, part


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1, "broken": 1}, "remark"),
        ({"quantity": 1, "business_on": day(1)}, "business_on"),
        ({"quantity": 1, "item_id": -1}, "item_id"),
        ({"quantity": 1, "lot_id": -1}, "lot_id"),
    ],
)
def test_empties_that_cannot_be_are_refused(ward: Ward, values: dict[str, Any], path: str) -> None:
    others = {"item_id": ward.adrenaline}
    others["lot_id"] = ward.received(ward.line("L1", 400, 1)) and ward.lots(ward.centre)["L1"]
    told = {name: others[name] if value == -1 else value for name, value in values.items()}
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        ward.doctor(EMPTIES + "Create", ward.empties(told.pop("quantity"), **told))
    assert set(faults_of(error.value)) == {path}


@pytest.mark.requirement(13)
def test_two_people_stand_for_each_record(ward: Ward) -> None:
    """Nobody receives his own; a receipt is taken back for a reason; others do not change it."""
    own = ward.both(EMPTIES + "Create", ward.empties(1))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        ward.both(EMPTIES + "Receive", named(own))
    assert "不能接收自己" in text_of(error.value)
    assert not ward.doctor(EMPTIES + "List", ListRequest()).rows, "another's"
    sent = ward.doctor(EMPTIES + "Create", ward.empties(2))
    sent.quantity = 1
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        ward.both(EMPTIES + "Update", sent)
    sent = ward.doctor(EMPTIES + "Update", sent)
    got = ward.keeper(EMPTIES + "Receive", named(sent))
    why = ReturnRequest(id=got.id, version=got.version, reason="点错数量")
    again = ward.keeper(EMPTIES + "Reopen", why)
    assert (again.state, again.receiver_id, again.returned_reason) == (E.HANDED_IN, 0, "点错数量")
    why = ReturnRequest(id=again.id, version=again.version, reason="数量不符")
    assert ward.keeper(EMPTIES + "Refuse", why).state == E.VOID
