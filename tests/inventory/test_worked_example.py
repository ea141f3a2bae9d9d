"""One lot's life through the whole centre, bought, shared out, used, lost, counted, recalled."""

from collections.abc import Callable

import grpc
import pytest

from protos.common.list_pb2 import IdRequest
from protos.inventory import (
    issue_pb2,
    issue_return_pb2,
    loss_pb2,
    recall_pb2,
    receipt_pb2,
    requisition_pb2,
    supplier_pb2,
    warehouse_pb2,
)
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from server.inventory.ledger_tables import Account
from tests.inventory.chain import ASK, CENTER, SUB_CENTER, Chain
from tests.inventory.test_backward import BACK
from tests.inventory.test_count import approved, begun, counted
from tests.inventory.test_invariants import lose, totals, use
from tests.inventory.test_recall import (
    NOTICE,
    RECALL,
    answered,
    columns,
    drawn,
    notices,
)
from tests.inventory.test_store_loss import LOSS
from tests.inventory.world import ISSUE, day, named
from tests.people import Clerk, refused

_S = requisition_pb2.Requisition


def bought(chain: Chain) -> receipt_pb2.Receipt:
    """20 boxes of L1 at 38.00 and 10 of L2 at 39.00, from a supplier."""
    supplier = chain.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="SHYY", name="上海医药")
    )
    lines = chain.line("L1", 400, 20), chain.line("L2", 600, 10, price=3900)
    kind = receipt_pb2.Receipt.PURCHASE
    return chain.received(*lines, kind=kind, supplier_id=supplier.id, invoice_no="FP1",
                          invoice_on=day(0))  # fmt: skip


def asked_and_sent_down(chain: Chain) -> None:
    """The station asks 80, is cut to 60 and gets them from the centre by way of the sub-centre."""
    first = chain.asked(80, chain.station_head, chain.station)
    chain.decided(chain.sub_head, SUB_CENTER, first.id, 0, 60, "按周用量核减")
    child = chain.child(first.id)
    chain.decided(chain.head, CENTER, child.id, 60, 0)
    chain.keeper(ASK + "Prepare", named(chain.keeper(ASK + "Get", IdRequest(id=child.id))))
    sent = chain.keeper(ISSUE + "Post", named(chain.waiting_issue(child.id, "APPROVED")))
    assert [(line.lot_no, line.base_quantity) for line in sent.lines] == [("L1", 60)]
    assert (totals(chain)[chain.centre], totals(chain)[Account.TRANSIT]) == (240, 60)
    from_centre = chain.sub_keeper(ISSUE + "Receive", named(sent))
    chain.keeper(ASK + "Prepare", named(chain.keeper(ASK + "Get", IdRequest(id=first.id))))
    sent = chain.keeper(ISSUE + "Post", named(chain.waiting_issue(first.id, "APPROVED")))
    part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
    part.refusals.add(row=1, quantity=2, reason="破损")
    chain.doctor(ISSUE + "ReceivePart", part)
    asked = chain.station_head(ASK + "Get", IdRequest(id=first.id))
    assert (asked.requested, asked.forwarded, asked.cut, asked.received) == (80, 60, 20, 58)
    shut = ReturnRequest(id=asked.id, version=asked.version, reason="够用了")
    assert chain.station_head(ASK + "Close", shut).state == _S.CLOSED
    back = issue_return_pb2.IssueReturn(
        issue_id=from_centre.id, business_on=day(0), reason="damaged"
    )
    made = chain.sub_keeper(BACK + "Create", back)
    made.lines[0].quantity = 2
    made = chain.sub_keeper(BACK + "Submit", named(chain.sub_keeper(BACK + "Update", made)))
    chain.keeper(BACK + "Approve", named(made))


def broken_at_centre(chain: Chain, units: int) -> None:
    """What came back broken is a loss of the centre."""
    lot = chain.lots(chain.centre)["L1"]
    line = loss_pb2.LossLine(
        item_id=chain.adrenaline, lot_id=lot, quantity=units, reason="broken", note="拒收退回"
    )
    draft = loss_pb2.Loss(warehouse_id=chain.centre, business_on=day(0), lines=[line])
    made = chain.keeper(LOSS + "Submit", named(chain.keeper(LOSS + "Create", draft)))
    chain.head(LOSS + "Approve", named(made))


def counted_one_short(chain: Chain, first: Clerk, second: Clerk) -> None:
    """The station holds 48 by the books; two people find 47."""
    count = begun(chain, chain.station)
    for clerk in (first, second):
        counted(clerk, count.id, L1=47)
    approved(chain, count.id)


def recalled_to_the_end(chain: Chain) -> dict[str, int]:
    """L1 is locked, found, collected, sent back; answers the balance it was closed with."""
    made = chain.head(RECALL + "Start", named(drawn(chain)))
    told = notices(chain.keeper)
    assert {place: notice.book for place, notice in told.items()} == {
        chain.centre: 140, chain.station: 47, chain.own: 8,
    }  # fmt: skip
    shut = ReturnRequest(id=made.id, version=made.version, reason="处理完毕")
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        chain.head(RECALL + "Close", shut)
    for place, notice in told.items():
        holder = chain.doctor if place == chain.own else chain.keeper
        chain.head(NOTICE + "Collect", named(answered(holder, notice, notice.book)))
    made = chain.head(RECALL + "Get", IdRequest(id=made.id))
    way = recall_pb2.DisposeRequest.RETURN
    back = recall_pb2.DisposeRequest(id=made.id, version=made.version, way=way, note="厂家取回")
    made = chain.head(RECALL + "Dispose", back)
    shut = ReturnRequest(id=made.id, version=made.version, reason="处理完毕")
    made = chain.head(RECALL + "Close", shut)
    assert made.state == recall_pb2.Recall.CLOSED
    return columns(made)


@pytest.mark.requirement(5)
@pytest.mark.requirement(14)
@pytest.mark.requirement(16)
@pytest.mark.requirement(21)
def test_the_worked_example_to_its_end(server: Running, someone: Callable[..., Clerk]) -> None:
    """200 = 140 + 47 + 8 collected, 1 used, 3 broken, 1 missing when counted."""
    chain = Chain(server, someone, goods=False)
    chain.warehouse("GLK", "隔离库", warehouse_pb2.Warehouse.QUARANTINE, parent_id=chain.centre)
    first, second = (someone("inventory.count.count") for _ in range(2))

    assert bought(chain).amount == 115000
    assert totals(chain) == {chain.centre: 300, Account.SUPPLIER: -300}

    asked_and_sent_down(chain)
    assert chain.stock(chain.centre) == {"L1": 142, "L2": 100}
    broken_at_centre(chain, 2)
    assert totals(chain) == {
        chain.centre: 240, chain.sub: 0, chain.station: 58, Account.TRANSIT: 0, Account.LOSS: 2,
        Account.SUPPLIER: -300,
    }  # fmt: skip

    own = chain.sent(chain.wanting(10, chain.station, chain.own))
    chain.doctor(ISSUE + "Receive", named(own))
    use(chain, 2, emr_id=1)
    assert (chain.stock(chain.own), totals(chain)[Account.PATIENT]) == ({"L1": 8}, 2)
    use(chain, 1, emr_id=1)
    assert (chain.stock(chain.own), totals(chain)[Account.PATIENT]) == ({"L1": 9}, 1)
    lose(chain, 1)
    counted_one_short(chain, first, second)
    assert totals(chain) == {
        chain.centre: 240, chain.sub: 0, chain.station: 47, chain.own: 8, Account.TRANSIT: 0,
        Account.PATIENT: 1, Account.LOSS: 3, Account.COUNT: 1,
        Account.SUPPLIER: -300,
    }  # fmt: skip
    assert chain.differences() == []

    before = drawn(chain, drill=True)
    assert columns(before) == {
        "received": 200, "elsewhere": 140 + 47 + 8, "consumed": 1, "lost": 3,
    }  # fmt: skip
    assert (before.lots[0].other, before.lots[0].gap) == (1, 0)
    assert recalled_to_the_end(chain) == {
        "received": 200, "returned": 195, "consumed": 1, "lost": 3,
    }  # fmt: skip
    sent = chain.sent(chain.wanting(5, chain.centre, chain.station))
    assert [line.lot_no for line in sent.lines] == ["L2"], "the other lot is still issued"
    assert chain.differences() == []
