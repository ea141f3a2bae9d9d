"""Uses no store could cover: looked for in turn, then settled line by line."""

from collections.abc import Callable
from datetime import UTC, datetime

import grpc
import pytest

from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import box_pb2, warehouse_pb2
from protos.inventory import consumption_pb2 as pb
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from server.inventory.box import Box, BoxTemplate
from server.inventory.consumption import consume
from tests.emr.world import Crew
from tests.inventory.test_consumption import (
    AUTO,
    Consume,
    use,
    used,  # noqa: F401 - a fixture
)
from tests.inventory.world import ISSUE, World, call_of, named
from tests.people import Clerk, refused, text_of

LIST = "inventory.ConsumptionExceptionService."
X = pb.ConsumptionException


def waiting(world: World) -> list[pb.ConsumptionException]:
    """The work list as the station head sees it."""
    return list(world.head(LIST + "List", ListRequest()).rows)


def sent_to(world: World, place: int, quantity: int) -> None:
    """Goods of the centre taken on elsewhere, by the doctor of its department."""
    world.doctor(ISSUE + "Receive", named(world.sent(world.wanting(quantity, world.centre, place))))


@pytest.mark.requirement(14)
def test_used_goods_are_looked_for_in_the_station_too(world: World, used: Consume) -> None:  # noqa: F811
    world.stocked_doctor(2)
    sent_to(world, world.station, 20)
    answer = used(use(world.adrenaline, 5))
    assert answer.complete
    line = world.doctor(AUTO + "Get", IdRequest(id=answer.consumption_id)).lines[0]
    assert line.places == "陈医生个人药库、分站库"
    used(use(world.adrenaline, 1))
    assert world.stock(world.station) == {"L1": 20}, "back where it came from"
    assert world.differences() == []


def test_boxes_and_vehicle_of_the_task_come_before_the_station(
    server: Running, someone: Callable[..., Clerk]
) -> None:
    crew = Crew(server, someone)
    world, plate = crew.stock, crew.task.plate
    kinds, department = warehouse_pb2.Warehouse, crew.doctor.who.department_id
    kit = world.warehouse("YX1", "药箱", kinds.BOX, department, carrier_no="YX-1")
    car = world.warehouse("CZ1", "车载库", kinds.VEHICLE, department, carrier_no=plate)
    world.stocked_doctor(1)
    for place in (kit, car, world.station):
        sent_to(world, place, 1)
    now = datetime.now(UTC)
    with server.worker.app.sessions.write() as db:
        template = BoxTemplate(name="箱", created_at=now, updated_at=now)
        db.add(template)
        db.flush()
        db.add(
            Box(warehouse_id=kit, box_no="YX-1", template_id=template.id, plate=plate,
                state=box_pb2.Box.IN_USE, created_at=now, updated_at=now)
        )  # fmt: skip
    with server.worker.app.sessions.write() as db:
        call = call_of(server, crew.doctor, db)
        answer = consume(
            call, doctor_id=call.user.id, task_id=crew.task.id, emr_id=77,
            lines=[use(world.adrenaline, 3)],
        )  # fmt: skip
    line = crew.doctor(AUTO + "Get", IdRequest(id=answer.consumption_id)).lines[0]
    assert line.places == "陈医生个人药库、药箱、车载库"
    assert world.stock(world.station) == {"L1": 1}
    assert world.differences() == []


@pytest.mark.requirement(14)
def test_a_line_is_settled_from_a_store_and_lot_of_choice(world: World, used: Consume) -> None:  # noqa: F811
    world.stocked_doctor(2)
    used(use(world.adrenaline, 5))
    (row,) = waiting(world)
    assert (row.state, row.quantity, row.issued, row.missing) == (X.PARTIAL, 5, 2, 3)
    assert row.searched == "中心库298"
    lots = {x.lot_no: x.id for x in world.keeper("inventory.LotService.List", ListRequest()).rows}
    choice = pb.ResolveLineRequest(
        id=row.id, version=row.version, warehouse_id=world.centre, lot_id=lots["L2"]
    )
    done = world.head(LIST + "Resolve", choice)
    assert (done.state, done.missing) == (X.ISSUED, 0)
    assert world.stock(world.centre) == {"L1": 198, "L2": 97}
    assert waiting(world) == []
    assert world.differences() == []


def test_a_store_without_enough_is_refused_and_nothing_moves(world: World, used: Consume) -> None:  # noqa: F811
    world.stocked_doctor(2)
    used(use(world.adrenaline, 5))
    (row,) = waiting(world)
    choice = pb.ResolveLineRequest(id=row.id, version=row.version, warehouse_id=world.station)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.head(LIST + "Resolve", choice)
    assert "INV-001" in text_of(error.value)
    assert waiting(world)[0].missing == 3


@pytest.mark.requirement(14)
def test_a_wrong_record_is_confirmed_line_by_line(world: World, used: Consume) -> None:  # noqa: F811
    world.stocked_doctor(2)
    used(use(world.adrenaline, 3), use(world.saline, 1))
    first, second = sorted(waiting(world), key=lambda row: row.missing and row.item_id)
    wrong = ReturnRequest(id=first.id, version=first.version, reason="多记一支")
    done = world.head(LIST + "Dismiss", wrong)
    assert (done.state, done.note) == (X.DISMISSED, "病历有误：多记一支")
    (left,) = waiting(world)
    assert left.id == second.id
    with refused(grpc.StatusCode.ABORTED):
        world.head(LIST + "Dismiss", ReturnRequest(id=left.id, version=first.version, reason="旧"))


@pytest.mark.requirement(14)
def test_an_item_not_known_is_matched_and_issued(world: World, used: Consume) -> None:  # noqa: F811
    world.stocked_doctor(5)
    used(use(999, 2))
    (row,) = waiting(world)
    assert row.note == "未对照的物资"
    choice = pb.ResolveLineRequest(id=row.id, version=row.version, warehouse_id=world.centre)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.head(LIST + "Resolve", choice)
    assert "INV-011" in text_of(error.value)
    match = pb.MatchRequest(id=row.id, version=row.version, item_id=world.adrenaline)
    assert world.head(LIST + "Match", match).state == X.ISSUED
    assert world.stock(world.own) == {"L1": 3}
    assert used(use(999, 2)).complete, "the same record again changes nothing"
    assert world.stock(world.own) == {"L1": 3}
