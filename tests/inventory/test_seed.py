"""The demo stock, which is made by real bills, adds up."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.inventory import item_pb2
from server.admin.person import Person
from server.inventory import seed as stock
from server.inventory.item import Item
from server.inventory.ledger_tables import Balance
from server.inventory.reconcile import differences
from server.inventory.warehouse import Warehouse

pytestmark = pytest.mark.demo


@pytest.fixture
def people(db: Session) -> dict[str, int]:
    """The demo people, by staff number."""
    return {person.staff_no: person.id for person in db.scalars(select(Person))}


def test_the_doctor_starts_the_day_with_a_full_store(
    db: Session, now: datetime, people: dict[str, int]
) -> None:
    stock.seed(db, now, people)
    store = db.scalars(select(Warehouse).where(Warehouse.owner_id == people["YS001"])).one()
    held = {b.lot.item.name for b in db.scalars(select(Balance)) if b.warehouse_id == store.id}
    assert {"盐酸肾上腺素注射液", "硫酸阿托品注射液", "一次性使用静脉留置针"} <= held
    assert differences(db) == []


def test_seeding_again_changes_nothing(db: Session, now: datetime, people: dict[str, int]) -> None:
    stock.seed(db, now, people)
    before = db.scalars(select(Item.code)).all()
    stock.seed(db, now, people)
    assert db.scalars(select(Item.code)).all() == before
    assert all(item.state == item_pb2.Item.ACTIVE for item in db.scalars(select(Item)))
