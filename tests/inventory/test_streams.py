"""Random days of returns, reversals, counts and disposals: the books balance after every step."""

import random
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import count_pb2, issue_pb2, issue_return_pb2, red_issue_pb2
from tests.inventory.test_backward import BACK, RED
from tests.inventory.test_count import COUNT, SHEET, begun, explained
from tests.inventory.test_invariants import lose, use
from tests.inventory.world import ISSUE, World, day, named
from tests.people import Clerk, text_of

STEPS = 20
KNOWN = ("库存不足", "INV-008", "差异", "没有符合", "范围里没有库存")


class Day:
    """What a random day may hold; each step is a whole bill over the wire."""

    def __init__(self, world: World, counters: tuple[Clerk, Clerk], seed: int) -> None:
        self.world, self.counters, self.chance = world, counters, random.Random(seed)

    def steps(self) -> list[Callable[[], Any]]:
        """All that may happen."""
        return [self.receive, self.issue, self.hand_out, self.reverse, self.give_back, self.count,
                self.use, self.lose]  # fmt: skip

    def receive(self) -> None:
        """A delivery."""
        self.world.received(self.world.line("L1", 300, self.chance.randint(1, 3)))

    def issue(self) -> None:
        """From the centre to the station."""
        world = self.world
        sent = world.sent(world.wanting(self.chance.randint(1, 25), world.centre, world.station))
        world.doctor(ISSUE + "Receive", named(sent))

    def hand_out(self) -> None:
        """From the station to the doctor."""
        world = self.world
        sent = world.sent(world.wanting(self.chance.randint(1, 9), world.station, world.own))
        world.doctor(ISSUE + "Receive", named(sent))

    def _taken_on(self) -> int:
        rows = self.world.keeper(ISSUE + "List", ListRequest()).rows
        done = [row.id for row in rows if row.state == issue_pb2.Issue.RECEIVED]
        return int(self.chance.choice(done)) if done else 0

    def reverse(self) -> None:
        """A part of some issue, in red."""
        if issue := self._taken_on():
            draft = red_issue_pb2.RedIssue(issue_id=issue, business_on=day(0), reason="错")
            made = self.world.keeper(RED + "Create", draft)
            made.lines[0].quantity = self.chance.randint(1, made.lines[0].quantity)
            made = self.world.keeper(RED + "Update", made)
            made = self.world.keeper(RED + "Submit", named(made))
            self.world.head(RED + "Approve", named(made))

    def give_back(self) -> None:
        """What some issue brought goes back to where it came from."""
        if issue := self._taken_on():
            draft = issue_return_pb2.IssueReturn(issue_id=issue, business_on=day(0), reason="多")
            made = self.world.doctor(BACK + "Create", draft)
            made = self.world.doctor(BACK + "Submit", named(made))
            self.world.keeper(BACK + "Approve", named(made))

    def count(self) -> None:
        """A stocktake of the centre or the station, one off here and there, or given up."""
        place = self.chance.choice((self.world.centre, self.world.station))
        freeze = self.chance.choice((count_pb2.Count.HARD, count_pb2.Count.SOFT))
        count = begun(self.world, place, freeze=freeze, tolerance=5, blind=False)
        clerk = self.counters[0]
        sheet = clerk(SHEET + "Get", IdRequest(id=count.id))
        for line in sheet.lines:
            line.counted = max(line.book + self.chance.randint(-2, 2), 0)
        clerk(SHEET + "Submit", named(clerk(SHEET + "Update", sheet)))
        self.world.head(COUNT + "Approve", named(explained(self.world, count.id)))

    def use(self) -> None:
        """A medical record says or changes what was used."""
        use(self.world, self.chance.randint(0, 6), emr_id=self.chance.randint(1, 3))

    def lose(self) -> None:
        """Something breaks."""
        lose(self.world, self.chance.randint(1, 3))


@pytest.fixture
def counters(someone: Callable[..., Clerk]) -> tuple[Clerk, Clerk]:
    """Two people who count."""
    may = ("inventory.count.count",)
    return someone(*may), someone(*may)


@pytest.mark.invariant(1)
@pytest.mark.invariant(2)
@pytest.mark.invariant(3)
@pytest.mark.invariant(5)
@pytest.mark.invariant(7)
@pytest.mark.parametrize("seed", range(2))
def test_any_stream_of_returns_reversals_and_counts_balances(
    world: World, counters: tuple[Clerk, Clerk], seed: int
) -> None:
    today = Day(world, counters, seed)
    world.received(world.line("L1", 300, 5))
    today.issue()
    refusals = []
    for _ in range(STEPS):
        try:
            today.chance.choice(today.steps())()
        except grpc.RpcError as error:
            refusals.append(text_of(error))
        assert world.differences() == []
        assert world.unlike_documents() == []
    strange = [text for text in refusals if not any(known in text for known in KNOWN)]
    assert strange == []
    assert len(refusals) < STEPS // 2
