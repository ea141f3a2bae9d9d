"""Receipts: from a draft to the ledger, and what is refused on the way."""

from collections.abc import Callable

import grpc
import pytest

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import item_pb2, receipt_pb2, supplier_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from tests.inventory.world import RECEIPT, World, day, named
from tests.people import Clerk, faults_of, refused, text_of

PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.requirement(2)
def test_a_receipt_goes_from_draft_to_the_ledger(world: World) -> None:
    draft = world.keeper(
        RECEIPT + "Create", world.draft(world.line("L1", 400, 20), world.line("L2", 500, 10))
    )
    assert (draft.number, draft.state) == ("", receipt_pb2.Receipt.DRAFT)
    assert draft.amount == 30 * 3800
    submitted = world.keeper(RECEIPT + "Submit", named(draft))
    assert submitted.number.startswith("RK")
    approved = world.head(RECEIPT + "Approve", named(submitted))
    assert approved.approver_name == "王主任"
    assert world.stock(world.centre) == {}
    posted = world.keeper(RECEIPT + "Post", named(approved))
    assert posted.state == receipt_pb2.Receipt.POSTED
    assert world.stock(world.centre) == {"L1": 200, "L2": 100}
    asked = ListRequest(filters=[Filter(field="number", values=[posted.number])], totals=True)
    moves = world.keeper("inventory.MoveService.List", asked)
    assert (moves.info.count, moves.info.totals["amount"]) == (2, 30 * 3800)
    assert {(m.source, m.target) for m in moves.rows} == {("期初", "中心库")}
    assert world.differences() == []


@pytest.mark.requirement(2)
def test_a_sent_back_receipt_keeps_its_number(world: World) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    made = world.keeper(RECEIPT + "Submit", named(made))
    number = made.number
    back = ReturnRequest(id=made.id, version=made.version, reason="单价请核对")
    made = world.head(RECEIPT + "Reject", back)
    assert (made.state, made.returned_reason) == (receipt_pb2.Receipt.DRAFT, "单价请核对")
    made.lines[0].price = 3900
    made = world.keeper(RECEIPT + "Update", made)
    made = world.keeper(RECEIPT + "Submit", named(made))
    assert (made.number, made.amount) == (number, 3900)


def test_nobody_approves_his_own_receipt(world: World, someone: Callable[..., Clerk]) -> None:
    both = someone("inventory.receipt.read", "inventory.receipt.write", "inventory.receipt.approve")
    made = both(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    made = both(RECEIPT + "Submit", named(made))
    with refused(PRECONDITION) as error:
        both(RECEIPT + "Approve", named(made))
    assert "另一位" in text_of(error.value)


def test_a_submitter_who_is_not_the_maker_may_not_approve(
    world: World, someone: Callable[..., Clerk]
) -> None:
    other = someone("inventory.receipt.write", "inventory.receipt.approve")
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    made = other(RECEIPT + "Submit", named(made))
    with refused(PRECONDITION):
        other(RECEIPT + "Approve", named(made))


def test_only_its_maker_changes_a_draft(world: World, someone: Callable[..., Clerk]) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    colleague = someone("inventory.receipt.write")
    with refused(PRECONDITION) as error:
        colleague(RECEIPT + "Update", made)
    assert "制单人" in text_of(error.value)


@pytest.mark.invariant(13)
def test_who_approves_a_controlled_drug_does_not_post_it(
    world: World, someone: Callable[..., Clerk]
) -> None:
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    rights = ("receipt.approve", "receipt.post", "controlled.approve")
    both = someone(*(f"inventory.{right}" for right in rights))
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.head.who.id}
    draft = world.draft(world.line("M1", 400, 1, item_id=morphine), **pair)
    made = world.keeper(RECEIPT + "Create", draft)
    made = world.keeper(RECEIPT + "Submit", named(made))
    made = both(RECEIPT + "Approve", named(made))
    with refused(PRECONDITION) as error:
        both(RECEIPT + "Post", named(made))
    assert "INV-007" in text_of(error.value)
    world.keeper(RECEIPT + "Post", named(made))


def test_an_unapproved_receipt_is_not_posted(world: World) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    with refused(PRECONDITION):
        world.keeper(RECEIPT + "Post", named(made))
    assert world.stock(world.centre) == {}


def test_a_stale_version_is_refused(world: World) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    world.keeper(RECEIPT + "Submit", named(made))
    with refused(grpc.StatusCode.ABORTED):
        world.keeper(RECEIPT + "Submit", named(made))


def test_approving_needs_its_permission(world: World) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    made = world.keeper(RECEIPT + "Submit", named(made))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        world.keeper(RECEIPT + "Approve", named(made))


@pytest.mark.invariant(5)
def test_every_fault_of_the_lines_is_told_at_its_place(world: World) -> None:
    bad = world.draft(
        world.line("", 400, 1), world.line("L2", -1, 1), world.line("L3", 400, 1, unit="箱")
    )
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", bad)
    assert set(faults_of(error.value)) == {"lines[2].unit"}
    bad.lines[2].unit = "盒"
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", bad)
    assert set(faults_of(error.value)) == {"lines[0].lot_no", "lines[1].expires_on"}


def test_one_lot_has_one_expiry(world: World) -> None:
    world.received(world.line("L1", 400, 1))
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 401, 1)))
    assert day(400) in faults_of(error.value)["lines[0].expires_on"]


def test_an_invoice_is_taken_in_once(world: World) -> None:
    supplier = world.keeper(
        "inventory.SupplierService.Create", supplier_pb2.Supplier(code="G1", name="某医药公司")
    ).id
    terms = {
        "kind": receipt_pb2.Receipt.PURCHASE, "supplier_id": supplier, "invoice_no": "F0001",
    }  # fmt: skip
    world.received(world.line("L1", 400, 1), **terms)
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", world.draft(world.line("L2", 400, 1), **terms))
    assert "INV-012" in text_of(error.value)


def test_an_unusual_price_is_pointed_out(world: World) -> None:
    world.received(world.line("L1", 400, 1))
    dear = world.keeper(RECEIPT + "Create", world.draft(world.line("L2", 400, 1, price=5000)))
    fair = world.keeper(RECEIPT + "Create", world.draft(world.line("L3", 400, 1, price=4900)))
    assert "单价" in dear.notice
    assert fair.notice == ""


@pytest.mark.invariant(13)
def test_controlled_drugs_are_accepted_by_two(world: World) -> None:
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=item_pb2.Item.NARCOTIC)
    line = world.line("M1", 400, 1, item_id=morphine)
    keeper, head = world.keeper.who.id, world.head.who.id
    for acceptors in ({}, {"acceptor_id": keeper, "second_acceptor_id": keeper}):
        with pytest.raises(grpc.RpcError):
            world.keeper(RECEIPT + "Create", world.draft(line, **acceptors))
    world.received(line, acceptor_id=keeper, second_acceptor_id=head)
    assert world.stock(world.centre) == {"M1": 10}


@pytest.mark.invariant(8)
@pytest.mark.parametrize(
    ("storage", "told", "able"),
    [(item_pb2.Item.COLD, "冷藏", "cold"), (item_pb2.Item.COOL, "阴凉", "cool")],
)
def test_an_item_needs_a_store_as_cold_as_it(
    world: World, storage: int, told: str, able: str
) -> None:
    insulin = world.item("胰岛素注射液", "10ml", 10, storage=storage)
    line = world.line("C1", 400, 1, item_id=insulin)
    with refused(INVALID) as error:
        world.keeper(RECEIPT + "Create", world.draft(line))
    assert told in text_of(error.value)
    store = world.keeper("inventory.WarehouseService.Get", IdRequest(id=world.centre))
    setattr(store, able, True)
    world.keeper("inventory.WarehouseService.Update", store)
    world.received(line)
    issue = world.wanting(5, world.centre, world.station)
    issue.lines[0].item_id = insulin
    with refused(INVALID) as error:
        world.keeper("inventory.IssueService.Create", issue)
    assert told in text_of(error.value)


@pytest.mark.invariant(6)
def test_a_posted_receipt_is_never_changed(world: World) -> None:
    made = world.received(world.line("L1", 400, 1))
    made.lines[0].quantity = 2
    for verb, request in (
        ("Update", made),
        ("Void", ReturnRequest(id=made.id, version=made.version, reason="录错")),
        ("Post", named(made)),
    ):
        with refused(PRECONDITION):
            world.keeper(RECEIPT + verb, request)


def test_a_voided_receipt_is_over(world: World) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    gone = world.keeper(
        RECEIPT + "Void", ReturnRequest(id=made.id, version=made.version, reason="录错仓库")
    )
    with refused(PRECONDITION):
        world.keeper(RECEIPT + "Submit", named(gone))


def test_a_reader_sees_the_whole_receipt(world: World) -> None:
    made = world.received(world.line("L1", 400, 2))
    seen = world.head(RECEIPT + "Get", IdRequest(id=made.id))
    line = seen.lines[0]
    assert (line.item_name, line.base_quantity, line.base_unit) == ("盐酸肾上腺素注射液", 20, "支")
