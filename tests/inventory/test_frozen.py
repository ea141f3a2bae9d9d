"""What records use while a stocktake holds the goods waits, and is issued when the count ends."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import IdRequest, ListRequest
from protos.emr import case_record_pb2
from protos.inventory import box_pb2, count_pb2, warehouse_pb2
from protos.inventory import consumption_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from server.inventory.box import Box, BoxTemplate
from tests.emr.world import Crew
from tests.inventory.test_consumption import AUTO, Consume, use, used  # noqa: F401 - a fixture
from tests.inventory.test_count import COUNT, approved, begun, counted
from tests.inventory.test_exceptions import LIST, sent_to, waiting
from tests.inventory.world import World, named
from tests.people import Clerk, refused, text_of

C, X = count_pb2.Count, pb.ConsumptionException
_W = warehouse_pb2.Warehouse


@pytest.fixture
def counter(someone: Callable[..., Clerk]) -> Clerk:
    """Somebody who counts."""
    return someone("inventory.count.count", name="盘点甲")


def on_board(crew: Crew, kind: Any, code: str, name: str, number: str) -> int:
    """A store of that kind on the vehicle of the crew's task."""
    department = crew.doctor.who.department_id
    return crew.stock.warehouse(code, name, kind, department, carrier_no=number)


def boxed(crew: Crew) -> int:
    """The crew's box, in use."""
    kit, now = on_board(crew, _W.BOX, "YX1", "药箱", "YX-1"), datetime.now(UTC)
    with crew.stock.server.worker.app.sessions.write() as db:
        template = BoxTemplate(name="箱", created_at=now, updated_at=now)
        db.add(template)
        db.flush()
        db.add(
            Box(warehouse_id=kit, box_no="YX-1", template_id=template.id, plate=crew.task.plate,
                state=box_pb2.Box.IN_USE, created_at=now, updated_at=now)
        )  # fmt: skip
    return kit


def brought(crew: Crew, place: int, lot_no: str, item: int) -> None:
    """Ten of an item in a store of the crew."""
    stock = crew.stock
    stock.received(stock.line(lot_no, 400, 1, item_id=item, unit="支", price=100))
    wanted = stock.wanting(1, stock.centre, place)
    wanted.lines[0].item_id = item
    crew.doctor("inventory.IssueService.Receive", named(stock.sent(wanted)))


@pytest.mark.requirement(5)
@pytest.mark.requirement(14)
def test_a_record_is_signed_while_box_and_vehicle_are_counted_and_issued_afterwards(
    server: Running, someone: Callable[..., Clerk], counter: Clerk
) -> None:
    crew = Crew(server, someone)
    world = crew.stock
    kit, car = boxed(crew), on_board(crew, _W.VEHICLE, "CZ1", "车载库", crew.task.plate)
    world.received(world.line("L1", 30, 1), world.line("L2", 400, 1))
    sent_to(world, kit, 5)
    sent_to(world, world.station, 9)
    brought(crew, car, "C1", world.cannula)
    of_box, of_car = begun(world, kit), begun(world, car)

    signed = crew.signed()
    assert signed.state == case_record_pb2.CaseRecord.SUBMITTED
    assert "有2项在盘点的库里" in signed.issue_note
    assert world.stock(world.station) == {"L1": 5, "L2": 4}, "not taken from where it was not used"
    found = {row.item_id: (row.state, row.missing, row.note) for row in waiting(world)}
    text = "盘点中，盘点结束后自动出库"
    assert found == {
        world.adrenaline: (X.PENDING, 2, f"药箱{text}"),
        world.cannula: (X.PENDING, 1, f"车载库{text}"),
    }
    (row,) = world.head(AUTO + "List", ListRequest()).rows
    assert (row.state, row.note) == (pb.Consumption.PENDING, f"药箱{text}；车载库{text}")

    counted(counter, of_box.id, L1=5)
    approved(world, of_box.id)
    assert [x.item_id for x in waiting(world)] == [world.cannula], "the vehicle is still counted"
    assert world.stock(kit) == {"L1": 3}
    gone = ReturnRequest(id=of_car.id, version=of_car.version, reason="改期")
    world.keeper(COUNT + "Cancel", gone)
    assert waiting(world) == []
    assert world.stock(car) == {}
    (row,) = world.head(AUTO + "List", ListRequest()).rows
    assert (row.state, row.missing, row.note) == (pb.Consumption.DONE, 0, "")
    assert world.differences() == []


@pytest.mark.invariant(12)
def test_what_a_changed_record_gives_back_waits_for_the_count_of_the_station(
    world: World,
    used: Consume,  # noqa: F811
    counter: Clerk,
) -> None:
    """Twice amended while the station is counted; only the last version counts afterwards."""
    world.stocked_doctor(1)
    sent_to(world, world.station, 9)
    assert used(use(world.adrenaline, 4), emr_version=1).complete
    count = begun(world, world.station)
    used(use(world.adrenaline, 6), emr_version=2)
    (row,) = waiting(world)
    assert (row.state, row.issued, row.missing) == (X.PENDING, 4, 2)
    used(use(world.adrenaline, 2), emr_version=3)
    (row,) = waiting(world)
    assert (row.state, row.issued, row.missing) == (X.PENDING, 4, 0), "two too many, not yet back"
    assert world.stock(world.station) == {"L1": 6}
    counted(counter, count.id, L1=6)
    approved(world, count.id)
    assert world.stock(world.station) == {"L1": 8}
    assert waiting(world) == []
    assert world.differences() == []


def test_a_lot_scanned_otherwise_during_a_count_is_exchanged_afterwards(
    world: World,
    used: Consume,  # noqa: F811
) -> None:
    world.received(world.line("L1", 30, 1), world.line("L2", 400, 1))
    sent_to(world, world.own, 20)
    lots = world.lots(world.own)
    used(use(world.adrenaline, 3, lot_id=lots["L1"]))
    count = begun(world, world.own)
    used(use(world.adrenaline, 3, lot_id=lots["L2"]))
    assert world.stock(world.own) == {"L1": 7, "L2": 10}
    world.keeper(COUNT + "Cancel", ReturnRequest(id=count.id, version=count.version, reason="改期"))
    assert world.stock(world.own) == {"L1": 10, "L2": 7}
    assert world.differences() == []


def test_missing_goods_are_not_issued_by_hand_out_of_a_counted_store(
    world: World,
    used: Consume,  # noqa: F811
) -> None:
    world.stocked_doctor(2)
    answer = used(use(world.adrenaline, 5))
    begun(world)
    (row,) = waiting(world)
    line = pb.ResolveLineRequest(id=row.id, version=row.version, warehouse_id=world.centre)
    header = world.head(AUTO + "Get", IdRequest(id=answer.consumption_id))
    whole = pb.ResolveRequest(id=header.id, version=header.version, warehouse_id=world.centre)
    for verb, request in ((LIST + "Resolve", line), (AUTO + "Resolve", whole)):
        with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
            world.head(verb, request)
        assert "INV-003" in text_of(error.value)
    assert waiting(world)[0].state == X.PARTIAL, "a refusal leaves nothing behind"
