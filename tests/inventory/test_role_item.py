"""Role and item: who may request and hold what, and how much; duties at warehouses."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from sqlalchemy import select

from protos.admin import person_pb2, role_pb2
from protos.common import lookup_pb2
from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import item_pb2, role_item_pb2, warehouse_pb2
from server.admin.person import Grant
from server.inventory.role_item import RoleItem, widest
from tests.client.desk import Desk
from tests.inventory.world import ISSUE, WAREHOUSE, World, day, named
from tests.people import Clerk, faults_of, refused
from tests.people import text_of as told

ROLE_ITEM = "inventory.RoleItemService."
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def role_of(world: World, clerk: Clerk | Desk) -> int:
    """The role of a person."""
    with world.server.worker.app.sessions.read() as db:
        return int(db.scalars(select(Grant.role_id).where(Grant.person_id == clerk.who.id)).one())


def bind(world: World, clerk: Clerk | Desk, item_id: int, **values: Any) -> Any:
    """A binding of an item to a person's role."""
    facts = {"can_request": True, "can_hold": True, "from_on": day(0), **values}
    record = role_item_pb2.RoleItem(role_id=role_of(world, clerk), item_id=item_id, **facts)
    return world.keeper(ROLE_ITEM + "Create", record)


def found(clerk: Clerk) -> set[str]:
    """What the picker of requestable items offers."""
    asked = lookup_pb2.FindRequest(service="inventory.BoundItemService", limit=50)
    return {hit.text for hit in clerk("common.LookupService.Find", asked).hits}


@pytest.fixture
def asking(someone: Callable[..., Clerk]) -> Clerk:
    """Somebody who requests."""
    return someone("inventory.bound_item.read")


@pytest.mark.requirement(7)
def test_the_picker_offers_only_what_is_bound_to_the_role(world: World, asking: Clerk) -> None:
    assert len(found(asking)) == 3, "a role without bindings is not limited"
    bound = bind(world, asking, world.saline)
    assert found(asking) == {"0.9%氯化钠注射液 250ml"}
    bind(world, asking, world.cannula, can_request=False)
    bind(world, asking, world.adrenaline, from_on=day(1))
    assert found(asking) == {"0.9%氯化钠注射液 250ml"}, "held only, and not yet"
    ended = world.keeper(
        ROLE_ITEM + "Unbind",
        role_item_pb2.UnbindRequest(id=bound.id, version=bound.version, reason="不再使用"),
    )
    assert (ended.state, ended.until_on) == (role_item_pb2.RoleItem.UNBOUND, day(0))
    rows = world.keeper(ROLE_ITEM + "List", ListRequest()).rows
    assert len(rows) == 3, "what ended stays as history"
    bind(world, asking, world.saline)


@pytest.mark.requirement(7)
def test_one_item_is_bound_once(world: World, asking: Clerk) -> None:
    bind(world, asking, world.saline)
    with refused(INVALID) as error:
        bind(world, asking, world.saline)
    assert "INV-012" in told(error.value)


@pytest.mark.requirement(7)
def test_a_category_is_bound_at_once(world: World, asking: Clerk) -> None:
    bind(world, asking, world.saline, most=5)
    request = role_item_pb2.BindCategoryRequest(
        role_id=role_of(world, asking), category_id=world.category, most=9
    )
    assert world.keeper(ROLE_ITEM + "BindCategory", request).text == "已绑定2种物资"
    rows = world.keeper(ROLE_ITEM + "List", ListRequest()).rows
    assert {row.item_id: row.most for row in rows} == {
        world.saline: 5, world.cannula: 9, world.adrenaline: 9,
    }  # fmt: skip


@pytest.mark.requirement(7)
def test_nobody_holds_more_than_his_role_allows(world: World) -> None:
    world.stocked_doctor(10)
    bind(world, world.doctor, world.adrenaline, most=12)
    with refused(INVALID) as error:
        world.keeper(ISSUE + "Create", world.wanting(3, world.centre, world.own))
    assert "最多持有12支，这次之后将有13支" in faults_of(error.value)["lines[0].quantity"]
    world.sent(world.wanting(1, world.centre, world.own))
    with refused(INVALID):
        world.keeper(ISSUE + "Create", world.wanting(2, world.centre, world.own))


@pytest.mark.requirement(7)
@pytest.mark.parametrize(
    ("limit", "most", "good", "bad"),
    [("per_request", 4, 4, 5), ("per_month", 15, 5, 6)],  # ten came this month already
)
def test_a_role_limits_each_request_and_each_month(
    world: World, limit: str, most: int, good: int, bad: int
) -> None:
    world.stocked_doctor(10)
    bind(world, world.doctor, world.adrenaline, **{limit: most})
    with refused(INVALID) as error:
        world.keeper(ISSUE + "Create", world.wanting(bad, world.centre, world.own))
    assert "INV-006" in told(error.value)
    world.keeper(ISSUE + "Create", world.wanting(good, world.centre, world.own))


@pytest.mark.requirement(7)
def test_a_controlled_drug_goes_only_to_a_role_that_holds_it(world: World) -> None:
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.head.who.id}
    world.received(world.line("M1", 400, 1, item_id=morphine), **pair)
    wanted = world.wanting(1, world.centre, world.own)
    wanted.lines[0].item_id = morphine
    with refused(INVALID) as error:
        world.keeper(ISSUE + "Create", wanted)
    assert "INV-011" in told(error.value)
    bind(world, world.doctor, morphine)
    world.keeper(ISSUE + "Create", wanted)


def test_several_roles_give_the_union_and_the_greatest_limit() -> None:
    one = RoleItem(role_id=1, item_id=1, can_request=True, can_hold=False, most=5, least=1,
                   per_request=2, per_month=0)  # fmt: skip
    two = RoleItem(role_id=2, item_id=1, can_request=False, can_hold=True, most=8, least=2,
                   per_request=0, per_month=9)  # fmt: skip
    both = widest([one, two])
    assert (both.can_request, both.can_hold, both.most, both.least) == (True, True, 8, 2)
    assert (both.per_request, both.per_month) == (0, 0), "no limit is the greatest"


@pytest.mark.requirement(8)
def test_personal_stores_are_made_for_a_whole_station_once(
    world: World, someone: Callable[..., Clerk]
) -> None:
    station = world.doctor.who.department_id
    kinds = (person_pb2.Person.DOCTOR, person_pb2.Person.NURSE, person_pb2.Person.DRIVER)
    for name, kind in zip(("林医生", "吴护士", "何师傅"), kinds, strict=True):
        someone(name=name, kind=kind, department_id=station)
    request = warehouse_pb2.MakeStoresRequest(department_id=station, parent_id=world.station)
    answer = world.keeper(WAREHOUSE + "MakeStores", request).text
    assert "2个" in answer
    assert "何师傅" not in answer
    rows = world.keeper(WAREHOUSE + "List", ListRequest(text="林医生")).rows
    assert [(row.kind, row.parent_id) for row in rows] == [
        (warehouse_pb2.Warehouse.PERSON, world.station)
    ]
    assert "都已有" in world.keeper(WAREHOUSE + "MakeStores", request).text


@pytest.mark.requirement(8)
@pytest.mark.parametrize(
    ("duty", "from_on", "until_on", "sees", "works"),
    [
        ("KEEPER", -1, 1, True, True),
        ("KEEPER", 0, 0, True, True),
        ("KEEPER", 1, 2, False, False),
        ("KEEPER", -2, -1, False, False),
        ("VIEWER", -1, 1, True, False),
    ],
)
def test_a_duty_holds_from_day_to_day_and_a_viewer_only_looks(
    world: World,
    someone: Callable[..., Clerk],
    duty: str,
    from_on: int,
    until_on: int,
    sees: bool,
    works: bool,
) -> None:
    world.received(world.line("L1", 400, 1))
    helper = someone(
        "inventory.stock.read", "inventory.issue.write", scope=role_pb2.Role.DEPARTMENT
    )
    centre = world.keeper(WAREHOUSE + "Get", IdRequest(id=world.centre))
    centre.keepers.add(
        person_id=helper.who.id, duty=duty, from_on=day(from_on), until_on=day(until_on)
    )
    world.keeper(WAREHOUSE + "Update", centre)
    assert bool(helper("inventory.StockService.List", ListRequest()).rows) is sees
    wanted = world.wanting(1, world.centre, world.station)
    if works:
        helper(ISSUE + "Create", wanted)
    else:
        with refused(INVALID) as error:
            helper(ISSUE + "Create", wanted)
        assert "管理范围" in told(error.value)


@pytest.mark.requirement(8)
def test_a_warehouse_is_shut_only_when_empty_and_done(world: World) -> None:
    world.taken_on(10)
    station = world.keeper(WAREHOUSE + "Get", IdRequest(id=world.station))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.keeper(WAREHOUSE + "Disable", named(station))
    assert "还有库存" in told(error.value)


@pytest.mark.requirement(7)
@pytest.mark.requirement(144)
def test_the_tablet_offers_what_the_crew_s_roles_use(world: World) -> None:
    """A role that names nothing to use is not limited; what it does not name is barred."""
    world.stocked_doctor(10)
    world.received(world.line("S1", 400, 3, item_id=world.saline))
    more = world.wanting(5, world.centre, world.own)
    more.lines[0].item_id = world.saline
    world.doctor(ISSUE + "Receive", named(world.sent(more)))

    def barred() -> dict[int, bool]:
        rows = world.doctor("inventory.PersonalStockService.List", ListRequest()).rows
        return {row.item_id: row.barred for row in rows}

    assert not any(barred().values())
    bind(world, world.doctor, world.adrenaline, can_use=True)
    assert barred() == {world.adrenaline: False, world.saline: True}
    bind(world, world.doctor, world.saline, can_use=True)
    assert not any(barred().values())


@pytest.mark.requirement(13)
def test_the_list_of_the_own_store_shows_what_is_bound_and_missing(world: World) -> None:
    world.stocked_doctor(10)
    bind(world, world.doctor, world.adrenaline, least=4, most=20)
    bind(world, world.doctor, world.saline, least=6, most=12)
    (store,) = world.doctor("inventory.PersonalStoreService.List", ListRequest()).rows
    seen = world.doctor("inventory.PersonalStoreService.Get", IdRequest(id=store.id))
    lines = {line.item_id: (line.quantity, line.quota, line.short_or_over) for line in seen.lines}
    assert lines == {
        world.adrenaline: (10, "4–20", ""), world.saline: (0, "6–12", "缺6"),
    }  # fmt: skip


@pytest.mark.requirement(7)
@pytest.mark.invariant(13)
def test_no_way_brings_a_controlled_drug_to_a_person_without_its_role(world: World) -> None:
    """Neither a receipt into the own store nor goods that were on the way when the role ended."""
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.head.who.id}
    world.received(world.line("M1", 400, 2, item_id=morphine), **pair)
    bound = bind(world, world.doctor, morphine)
    wanted = world.wanting(2, world.centre, world.own)
    wanted.lines[0].item_id = morphine
    sent = world.sent(wanted)
    off = role_item_pb2.UnbindRequest(id=bound.id, version=bound.version, reason="轮岗")
    world.keeper(ROLE_ITEM + "Unbind", off)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.doctor(ISSUE + "Receive", named(sent))
    assert "INV-011" in told(error.value)
    bound = bind(world, world.doctor, morphine)
    world.doctor(ISSUE + "Receive", named(sent))
    off = role_item_pb2.UnbindRequest(id=bound.id, version=bound.version, reason="轮岗")
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.keeper(ROLE_ITEM + "Unbind", off)
    assert "陈医生个人药库里还有" in told(error.value)
