"""How much a store should hold: limits in order, alarms by what lies there, set for many stores."""

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import stock_level_pb2 as pb
from protos.inventory import warehouse_pb2
from server.inventory.stock_level import alarm
from tests.inventory.world import World, named
from tests.people import faults_of, refused

LEVEL = "inventory.StockLevelService."
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def level(world: World, place: int, **values: int) -> pb.StockLevel:
    """The levels of adrenaline in a store."""
    made = pb.StockLevel(warehouse_id=place, item_id=world.adrenaline, most=100)
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.mark.requirement(1)
def test_stores_short_of_something_or_full_of_it_are_found(world: World) -> None:
    world.taken_on(10)  # 290 stay in the centre, 10 lie in the station
    world.keeper(LEVEL + "Create", level(world, world.centre, most=200))
    world.keeper(LEVEL + "Create", level(world, world.station, least=20, reorder=30))
    world.keeper(LEVEL + "Create", level(world, world.own, reorder=5))
    found = {}
    for name in ("BELOW_LEAST", "REORDER", "ABOVE_MOST", "ENOUGH"):
        asked = ListRequest(filters=[Filter(field="alarm", values=[name])])
        rows = world.keeper(LEVEL + "List", asked).rows
        assert {pb.StockLevel.Alarm.Name(row.alarm) for row in rows} <= {name}
        found[name] = [(row.warehouse_id, row.on_hand, row.gap) for row in rows]
    assert found == {
        "BELOW_LEAST": [(world.station, 10, 90)], "REORDER": [(world.own, 0, 100)],
        "ABOVE_MOST": [(world.centre, 290, 0)], "ENOUGH": [],
    }  # fmt: skip


@pytest.mark.requirement(1)
def test_the_same_levels_are_set_for_every_store_of_a_kind(world: World) -> None:
    other = world.warehouse("FZK2", "二分站库", warehouse_pb2.Warehouse.STATION)
    mine = world.keeper(LEVEL + "Create", level(world, world.station, most=7))
    request = pb.SetForKindRequest(
        kind=warehouse_pb2.Warehouse.STATION, item_id=world.adrenaline, most=50, least=5
    )
    assert "1个仓库" in world.keeper(LEVEL + "SetForKind", request).text
    rows = world.keeper(LEVEL + "List", ListRequest()).rows
    assert {row.warehouse_id: row.most for row in rows} == {other: 50, world.station: 7}
    world.keeper(LEVEL + "Delete", named(mine))
    with refused(grpc.StatusCode.NOT_FOUND):
        world.keeper(LEVEL + "Get", IdRequest(id=mine.id))


def test_limits_that_cross_and_a_second_row_are_refused(world: World) -> None:
    for values, field in (
        ({"least": 101}, "least"), ({"standard": 101}, "standard"),
        ({"least": 9, "reorder": 8}, "reorder"),
    ):  # fmt: skip
        with refused(INVALID) as error:
            world.keeper(LEVEL + "Create", level(world, world.centre, **values))
        assert set(faults_of(error.value)) == {field}
    world.keeper(LEVEL + "Create", level(world, world.centre))
    with refused(INVALID) as error:
        world.keeper(LEVEL + "Create", level(world, world.centre))
    assert set(faults_of(error.value)) == {"item_id"}


def test_the_lower_limit_counts_before_reordering() -> None:
    at = pb.StockLevel(least=5, reorder=8, most=10)
    told = [alarm(at, units) for units in (4, 5, 7, 8, 10, 11)]
    names = pb.StockLevel
    assert told == [
        names.BELOW_LEAST, names.REORDER, names.REORDER, names.ENOUGH, names.ENOUGH,
        names.ABOVE_MOST,
    ]  # fmt: skip
