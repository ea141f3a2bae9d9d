"""Items, categories, warehouses: kept, found, taken out of use, protected."""

from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import category_pb2, issue_pb2, item_pb2, warehouse_pb2
from tests.inventory.world import ISSUE, ITEM, WAREHOUSE, World, named
from tests.people import faults_of, refused, text_of

INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.requirement(1)
def test_an_item_is_made_found_changed_disabled_and_enabled(world: World) -> None:
    found = world.keeper(ITEM + "List", ListRequest(text="ysssxs")).rows
    assert [item.name for item in found] == ["盐酸肾上腺素注射液"]
    item = world.keeper(ITEM + "Get", IdRequest(id=found[0].id))
    assert item.code.startswith("WZ")
    item.retail_price = 437
    item = world.keeper(ITEM + "Update", item)
    assert (item.retail_price, item.units[0].factor) == (437, 10)
    off = item_pb2.DisableItemRequest(id=item.id, version=item.version, reason="停产")
    item = world.keeper(ITEM + "Disable", off)
    assert (item.state, item.disabled_reason) == (item_pb2.Item.DISABLED, "停产")
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        world.keeper(ITEM + "Update", item)
    item = world.keeper(ITEM + "Enable", named(item))
    assert (item.state, item.disabled_reason) == (item_pb2.Item.ACTIVE, "")


def test_the_same_item_is_not_made_twice(world: World) -> None:
    with refused(INVALID) as error:
        world.item("静脉留置针", "22G", 50)
    assert set(faults_of(error.value)) == {"name"}
    world.item("静脉留置针", "22G", 50, manufacturer="另一家")


def test_what_stock_relies_on_is_frozen_by_the_first_movement(world: World) -> None:
    item = world.keeper(ITEM + "Get", IdRequest(id=world.adrenaline))
    item.base_unit = "瓶"
    item = world.keeper(ITEM + "Update", item)
    item.base_unit = "支"
    item = world.keeper(ITEM + "Update", item)
    world.received(world.line("L1", 400, 1))
    item.base_unit = "瓶"
    with refused(INVALID) as error:
        world.keeper(ITEM + "Update", item)
    assert set(faults_of(error.value)) == {"base_unit"}


def test_a_controlled_drug_has_lots(world: World) -> None:
    with refused(INVALID) as error:
        world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC,
                   lot_managed=False, expiry_managed=False)  # fmt: skip
    assert set(faults_of(error.value)) == {"lot_managed"}


def test_units_of_an_item_are_all_different(world: World) -> None:
    item = world.keeper(ITEM + "Get", IdRequest(id=world.adrenaline))
    item.units.append(item_pb2.ItemUnit(name="支", factor=5))
    with refused(INVALID) as error:
        world.keeper(ITEM + "Update", item)
    assert set(faults_of(error.value)) == {"units[1].name"}


def test_a_category_in_use_stays(world: World) -> None:
    category = world.keeper("inventory.CategoryService.Get", IdRequest(id=world.category))
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        world.keeper("inventory.CategoryService.Delete", named(category))
    empty = world.keeper(
        "inventory.CategoryService.Create",
        category_pb2.Category(code="HC", name="耗材", parent_id=world.category),
    )
    world.keeper("inventory.CategoryService.Delete", named(empty))


def test_a_person_has_one_store(world: World) -> None:
    with refused(INVALID) as error:
        world.warehouse(
            "GRK2", "又一个药库", warehouse_pb2.Warehouse.PERSON, owner_id=world.doctor.who.id
        )
    assert set(faults_of(error.value)) == {"owner_id"}


def test_a_store_with_stock_keeps_its_holder(world: World) -> None:
    world.stocked_doctor(1)
    own = world.keeper(WAREHOUSE + "Get", IdRequest(id=world.own))
    own.owner_id = world.head.who.id
    with refused(INVALID) as error:
        world.keeper(WAREHOUSE + "Update", own)
    assert set(faults_of(error.value)) == {"owner_id"}


def test_a_warehouse_with_stock_stays_open(world: World) -> None:
    world.received(world.line("L1", 400, 1))
    centre = world.keeper(WAREHOUSE + "Get", IdRequest(id=world.centre))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.keeper(WAREHOUSE + "Disable", named(centre))
    assert "库存" in text_of(error.value)
    station = world.keeper(WAREHOUSE + "Get", IdRequest(id=world.station))
    sent = world.sent(world.wanting(1, world.centre, world.station))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.keeper(WAREHOUSE + "Disable", named(station))
    assert "未办完" in text_of(error.value)
    part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
    part.refusals.add(row=1, quantity=1, reason="送错")
    world.doctor(ISSUE + "ReceivePart", part)
    world.keeper(WAREHOUSE + "Disable", named(station))


@pytest.mark.requirement(1)
@pytest.mark.invariant(5)
def test_an_item_in_whole_packs_is_not_broken_up(world: World) -> None:
    item = world.keeper(ITEM + "Get", IdRequest(id=world.adrenaline))
    item.whole_packs = True
    world.keeper(ITEM + "Update", item)
    world.received(world.line("L1", 400, 2))
    with refused(INVALID) as error:
        world.keeper(ISSUE + "Create", world.wanting(7, world.centre, world.station))
    assert "INV-010" in faults_of(error.value)["lines[0].quantity"]
    world.keeper(ISSUE + "Create", world.wanting(1, world.centre, world.station, unit="盒"))


@pytest.mark.requirement(11)
def test_a_category_is_made_moved_renamed_and_removed(world: World) -> None:
    service = "inventory.CategoryService."

    def made(code: str, name: str, parent: int = 0) -> Any:
        record = category_pb2.Category(code=code, name=name, parent_id=parent, markup=1500)
        return world.keeper(service + "Create", record)

    goods, drugs = made("HC", "耗材"), made("XY", "西药", world.category)
    below = made("XY01", "急救", drugs.id)
    assert below.full_name == "药品 / 西药 / 急救"
    drugs = world.keeper(service + "Get", IdRequest(id=drugs.id))
    drugs.name, drugs.parent_id = "西药类", goods.id
    drugs = world.keeper(service + "Update", drugs)
    below = world.keeper(service + "Get", IdRequest(id=below.id))
    assert below.full_name == "耗材 / 西药类 / 急救"
    drugs.parent_id = below.id
    with refused(INVALID):
        world.keeper(service + "Update", drugs)
    world.keeper(service + "Delete", named(below))
    priced = world.item("盐酸利多卡因", "5ml", 10, category_id=drugs.id, purchase_price=1000)
    assert world.keeper(ITEM + "Get", IdRequest(id=priced)).retail_price == 1150
