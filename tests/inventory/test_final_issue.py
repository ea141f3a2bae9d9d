"""Goods for departments and other institutions: they leave the books, and come back in red."""

from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import IdRequest
from protos.inventory import final_issue_pb2, item_pb2, red_pb2, stock_pb2
from resources.print.inventory import final_issue
from tests.inventory.test_backward import moves, reversed_in_red
from tests.inventory.test_print import META, text_of
from tests.inventory.world import World, day, named
from tests.people import faults_of, refused
from tests.people import text_of as told

OUT = "inventory.FinalIssueService."
F = final_issue_pb2.FinalIssue
C = stock_pb2.Move
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def given(world: World, quantity: int, **values: Any) -> F:
    """Adrenaline for the keeper's department, unless the values say otherwise."""
    line = final_issue_pb2.FinalIssueLine(item_id=world.adrenaline, quantity=quantity)
    facts = {
        "kind": F.DEPARTMENT, "warehouse_id": world.centre, "taker": "沈培训", "lines": [line],
        "purpose": "急救培训", "business_on": day(0), **values,
    }  # fmt: skip
    if facts["kind"] == F.DEPARTMENT:
        facts.setdefault("department_id", world.keeper.who.department_id)
    return F(**facts)


def out(world: World, issue: F) -> F:
    """Made, submitted, approved and handed out."""
    made = world.keeper(OUT + "Submit", named(world.keeper(OUT + "Create", issue)))
    return world.keeper(OUT + "Post", named(world.head(OUT + "Approve", named(made))))


@pytest.mark.requirement(3)
def test_what_a_department_uses_leaves_the_books_and_comes_back_in_red(world: World) -> None:
    world.received(world.line("L1", 30, 20), world.line("L2", 400, 10))
    done = out(world, given(world, 10))
    assert (done.number[:2], done.state, done.amount) == ("LY", F.POSTED, 3800)
    (move,) = moves(world, done.number)
    assert (move.code, move.target, move.quantity, move.reason) == (
        C.USED_UP, "损耗", 10, "急救培训",
    )  # fmt: skip
    text = text_of(final_issue.draw(done, META), "final_issue")
    for part in ("领用出库单", done.number, "沈培训", "急救培训", "38.00"):
        assert part in text, part
    red = reversed_in_red(world, done.number, 4)
    assert moves(world, red.number)[0].code == C.USE_REVERSED
    assert world.stock(world.centre) == {"L1": 194, "L2": 100}
    seen = world.keeper(OUT + "Get", IdRequest(id=done.id))
    assert (seen.red, seen.links) == (red_pb2.Red.PARTIAL_RED, f"红冲 {red.number}")
    assert world.differences() == []


@pytest.mark.requirement(3)
def test_another_institution_is_named_and_gets_no_narcotics(world: World) -> None:
    morphine = world.item("盐酸吗啡注射液", "10mg", 5, control=item_pb2.Item.NARCOTIC)
    world.received(world.line("L1", 30, 20))
    with refused(INVALID) as error:
        world.keeper(OUT + "Create", given(world, 5, kind=F.OUTSIDE))
    assert "全称" in faults_of(error.value)["unit_name"]
    to = {"kind": F.OUTSIDE, "unit_name": "上海市东方医院"}
    line = final_issue_pb2.FinalIssueLine(item_id=morphine, quantity=1)
    with refused(INVALID) as error:
        world.keeper(OUT + "Create", given(world, 5, **to, lines=[line]))
    assert "麻醉" in told(error.value)
    done = out(world, given(world, 5, **to))
    (move,) = moves(world, done.number)
    assert (move.code, move.target) == (C.GIVEN_OUT, "外部单位")
    assert world.stock(world.centre) == {"L1": 195}
    assert world.differences() == []


def test_a_lot_out_of_turn_needs_a_reason_of_the_list(world: World) -> None:
    world.received(world.line("L1", 30, 20), world.line("L2", 400, 10))
    later = world.lots(world.centre)["L2"]
    line = final_issue_pb2.FinalIssueLine(item_id=world.adrenaline, quantity=1, lot_id=later)
    made = world.keeper(OUT + "Create", given(world, 1, lines=[line]))
    with refused(INVALID) as error:
        world.keeper(OUT + "Submit", named(made))
    assert "换批原因" in faults_of(error.value)["lines[0].reason"]
    made.lines[0].reason, made.lines[0].reason_note = "longer", "培训用到明年"
    made = world.keeper(OUT + "Submit", named(world.keeper(OUT + "Update", made)))
    made = world.keeper(OUT + "Post", named(world.head(OUT + "Approve", named(made))))
    assert moves(world, made.number)[0].reason == "急救培训 转远点留长效期 培训用到明年"
