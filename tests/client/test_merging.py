"""Lines changed by two people: all that one side did stands, and every clash is asked."""

import random
from typing import Any

import pytest

from client.core import conflict
from client.core.conflict import Side
from protos.inventory.receipt_pb2 import Receipt
from tests.client import sample

CELLS = ("lot_no", "quantity", "price")
REMOVED = "（已删除）"


def document(count: int) -> Any:
    """A stored draft with lines of ids 1, 2, …"""
    made = Receipt(id=1, version=1)
    for id in range(1, count + 1):
        made.lines.add(id=id, item_id=id, lot_no=f"L{id}", quantity=id, price=100 * id)
    return made


def edited(base: Any, who: int, dice: random.Random) -> tuple[Any, set[tuple[int, str]]]:
    """A copy with cells changed, lines taken out and added; and which (line, cell) were."""
    made, touched = Receipt(), set()
    made.CopyFrom(base)
    for line in made.lines:
        for name in dice.sample(CELLS, dice.randint(0, 2)):
            value = f"{who}批{line.id}" if name == "lot_no" else 1000 * who + line.id
            setattr(line, name, value)
            touched.add((line.id, name))
    for at in reversed(range(len(made.lines))):
        if dice.random() < 0.2:
            touched = {each for each in touched if each[0] != made.lines[at].id}
            touched.add((made.lines[at].id, "removed"))
            del made.lines[at]
    for number in range(dice.randint(0, 2)):
        added = made.lines.add(item_id=9, lot_no=f"{who}新{number}", quantity=1)
        if who == 2:  # what others saved has its ids
            added.id = 100 + number
    return made, touched


def is_asked(key: str, mine: set[tuple[int, str]], theirs: set[tuple[int, str]]) -> bool:
    """Whether both touched what a key of the dialog stands for."""
    id = int(key[key.index("[") + 1 : key.index("]")])
    cell = key.partition("].")[2]
    if cell:
        return {(id, cell)} <= mine & theirs
    sides = [{name for line, name in side if line == id} for side in (mine, theirs)]
    return {"removed"} in sides and all(sides) and sides[0] != sides[1]


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_lost_and_exactly_the_clashes_are_asked(seed: int) -> None:
    dice = random.Random(seed)
    base = document(4)
    (mine, my), (theirs, other) = edited(base, 1, dice), edited(base, 2, dice)
    found = conflict.clashes(base, theirs, mine, sample.offline_api().names)
    assert all(is_asked(clash.key, my, other) for clash in found)
    assert {clash.key for clash in found} >= {
        f"lines[{id}].{cell}" for id, cell in my & other if cell != "removed"
    }
    choices = {clash.key: dice.choice(list(Side)) for clash in found}
    merged = conflict.merge(base, theirs, mine, choices)
    check(base, merged, my, other, choices)
    lots = [line.lot_no for line in merged.lines]
    new = [line.lot_no for side in (mine, theirs) for line in side.lines if line.item_id == 9]
    assert sorted(lot for lot in lots if "新" in lot) == sorted(new)


def check(
    base: Any,
    merged: Any,
    my: set[tuple[int, str]],
    other: set[tuple[int, str]],
    choices: dict[str, Side],
) -> None:
    """Each cell of each line is as the one who changed it, or who was chosen, left it."""
    left = {line.item_id: line for line in merged.lines if line.item_id != 9}
    for line in base.lines:
        sides = [(1, my), (2, other)]
        chosen = choices.get(f"lines[{line.id}]")
        if chosen is not None:
            sides = sides[:1] if chosen is Side.MINE else sides[1:]
        if any((line.id, "removed") in side for _, side in sides):
            assert line.id not in left
            continue
        for name in CELLS:
            who = [number for number, side in sides if (line.id, name) in side]
            if len(who) == 2:
                who = [1] if choices[f"lines[{line.id}].{name}"] is Side.MINE else [2]
            value: Any = getattr(line, name)
            if who:
                value = f"{who[0]}批{line.id}" if name == "lot_no" else 1000 * who[0] + line.id
            assert getattr(left[line.id], name) == value


def test_my_own_line_stored_before_the_answer_was_lost_is_not_there_twice() -> None:
    base = document(1)
    mine, theirs = document(1), document(1)
    mine.lines.add(item_id=5, lot_no="新", quantity=3)
    theirs.lines.add(id=7, item_id=5, lot_no="新", quantity=3, unit="支", base_quantity=3)
    merged = conflict.merge(base, theirs, mine, {})
    assert [(line.id, line.item_id) for line in merged.lines] == [(1, 1), (7, 5)]


def test_a_line_one_took_out_and_the_other_changed_shows_both() -> None:
    base, mine, theirs = document(2), document(2), document(2)
    del theirs.lines[1]
    mine.lines[1].quantity = 8
    (clash,) = conflict.clashes(base, theirs, mine, sample.offline_api().names)
    assert (clash.key, clash.label, clash.theirs) == ("lines[2]", "明细第2行\n#2", REMOVED)
    assert "8" in clash.mine
    kept = conflict.merge(base, theirs, mine, {clash.key: Side.MINE})
    assert [(line.id, line.quantity) for line in kept.lines] == [(1, 1), (0, 8)]
    gone = conflict.merge(base, theirs, mine, {clash.key: Side.THEIRS})
    assert [line.id for line in gone.lines] == [1]
