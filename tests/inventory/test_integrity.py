"""The ledger says what the documents said, and whoever changes it behind our back is found out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import issue_pb2, stock_pb2, warehouse_pb2
from server.__main__ import main
from server.inventory.append_only import triggers
from tests.inventory.world import ISSUE, RECEIPT, World, day, named

MOVES = "inventory.MoveService.List"
TODAY = date.fromisoformat(day(0)).strftime("%Y%m%d")


@pytest.fixture
def moved(world: World) -> World:
    """20 boxes received at 38.00, sold at 45.60."""
    world.received(world.line("L1", 400, 20, retail_price=4560))
    return world


@contextmanager
def unguarded(world: World, table: str) -> Iterator[Session]:
    """A write past the triggers, as somebody with the database's password could do it."""
    with world.server.worker.app.sessions.write() as db:
        dialect = db.get_bind().dialect.name
        if dialect == "sqlite":
            for verb in ("update", "delete"):
                db.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
        else:
            db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield db
        again = triggers(table, dialect) if dialect == "sqlite" else [
            f"ALTER TABLE {table} ENABLE TRIGGER USER"
        ]  # fmt: skip
        for statement in again:
            db.execute(text(statement))


def lines(world: World, *codes: str) -> list[Any]:
    """The movements of those kinds."""
    asked = ListRequest(filters=[Filter(field="code", values=list(codes))])
    return list(world.keeper(MOVES, asked).rows)


def said(move: stock_pb2.Move) -> tuple[Any, ...]:
    """A movement as its document said it, and what it sells for."""
    return (
        move.quantity, move.unit_quantity, move.unit, move.factor, move.retail_price,
        move.retail_amount,
    )  # fmt: skip


@pytest.mark.requirement(2)
@pytest.mark.requirement(3)
def test_the_ledger_keeps_units_and_retail_value_as_the_documents_said_them(moved: World) -> None:
    (opened,) = lines(moved, "OPENED")
    assert said(opened) == (200, 20, "盒", 10, 4560, 91200)
    sent = moved.sent(moved.wanting(2, moved.centre, moved.station, unit="盒"))
    part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
    part.refusals.add(row=1, quantity=3, reason="破损")
    moved.doctor(ISSUE + "ReceivePart", part)
    (issued,) = lines(moved, "ISSUED")
    assert said(issued) == (20, 2, "盒", 10, 4560, 9120)
    (taken,) = lines(moved, "TAKEN_ON")
    assert said(taken) == (17, 17, "支", 1, 456, 7752), "no whole boxes"
    asked = ListRequest(filters=[Filter(field="item_id", values=[str(moved.adrenaline)])])
    card = moved.keeper("inventory.CardService.List", asked).rows[-1]
    assert (card.unit_quantity, card.unit, card.retail_amount) == (20, "盒", 91200)
    assert moved.differences() == []


@pytest.mark.requirement(2)
@pytest.mark.requirement(3)
def test_numbers_are_counted_for_each_organisation_and_kind(moved: World) -> None:
    def numbered(**facts: Any) -> str:
        made = moved.keeper(ISSUE + "Create", moved.wanting(1, moved.centre, moved.station))
        for name, value in facts.items():
            setattr(made, name, value)
        made = moved.keeper(ISSUE + "Update", made)
        return str(moved.keeper(ISSUE + "Submit", named(made)).number)

    asked = IdRequest(id=moved.keeper.who.department_id)
    with moved.server.worker.app.sessions.read() as db:
        org = db.execute(
            text("SELECT code FROM admin_department WHERE id = :id"), {"id": asked.id}
        ).scalar_one()
    twin = moved.warehouse("ZX2", "中心二库", warehouse_pb2.Warehouse.CENTER)
    assert numbered() == f"CK{org}{TODAY}-0001"
    assert numbered() == f"CK{org}{TODAY}-0002"
    assert numbered(kind=issue_pb2.Issue.TRANSFER, target_id=twin) == f"DB{org}{TODAY}-0001"
    (receipt,) = moved.keeper(RECEIPT + "List", ListRequest()).rows
    assert receipt.number == f"RK{org}{TODAY}-0001"


def test_a_ledger_changed_behind_our_back_is_named(
    moved: World, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def verified(code: int) -> str:
        assert main(["--home", str(home), "verify-audit"]) == code
        return capsys.readouterr().out

    sent = moved.sent(moved.wanting(10, moved.centre, moved.station))
    assert "库存台账完整" in verified(0)
    with unguarded(moved, "inventory_move") as db:
        db.execute(text("UPDATE inventory_move SET reason = '改' WHERE quantity = 10"))
    assert f"单据{sent.number}）的明细与封记不符" in verified(1)
    with unguarded(moved, "inventory_move") as db:
        db.execute(text("DELETE FROM inventory_move WHERE quantity = 10"))
    with unguarded(moved, "inventory_posting") as db:
        db.execute(text("DELETE FROM inventory_posting WHERE document = 'issue'"))
    assert "不存在，或封记被改动" in verified(1)
