"""Long lists cost no query for a row."""

import pytest

from protos.common.list_pb2 import ListRequest
from tests.inventory.world import World

LISTS = [f"inventory.{name}Service.List" for name in ("Receipt", "Issue", "Stock", "Move", "Lot")]


def count(world: World, method: str, sent: list[str]) -> int:
    """Statements one list needs."""
    sent.clear()
    assert world.keeper(method, ListRequest(totals=True)).rows
    return len(sent)


@pytest.mark.parametrize("method", LISTS)
def test_more_rows_need_no_more_queries(
    world: World, db_statements: list[str], method: str
) -> None:
    def fill(day: int) -> None:
        world.received(*(world.line(f"L{day}{n}", 300 + day, 2) for n in range(3)))
        world.sent(world.wanting(30, world.centre, world.station))

    fill(1)
    few = count(world, method, db_statements)
    for day in range(2, 5):
        fill(day)
    assert count(world, method, db_statements) == few
