"""The matrix of rights, cell by cell: what each seeded role may call, and whose stock it sees."""

import uuid
from collections.abc import Callable, Iterable

import grpc
import pytest

from protos import facts, signing
from protos.common.list_pb2 import Filter, ListRequest
from server.admin.seed import ROLES, expand
from server.core.registry import Registry
from server.services import SERVICES
from tests.inventory.world import World, named
from tests.people import Clerk, refused, text_of

Someone = Callable[..., Clerk]
# Columns; the centre's stands in two hands, one that works and one that decides.
DOCTOR, STATION_HEAD, STATION_KEEPER = "doctor", "station_head", "station_keeper"
SUB_KEEPER, KEEPER, HEAD = "sub_keeper", "keeper", "stock_head"
PHARMACIST, FINANCE, QUALITY, ADMIN = "pharmacist", "finance_head", "quality", "system"
COLUMNS = (DOCTOR, STATION_HEAD, STATION_KEEPER, SUB_KEEPER, KEEPER, HEAD, PHARMACIST, FINANCE,
           QUALITY, ADMIN)  # fmt: skip
MATRIX: dict[str, set[str]] = {
    # see the own store; quality sees those of others in the stock of all
    "PersonalStockService.List": {DOCTOR},
    "StockService.List": {*COLUMNS} - {DOCTOR, ADMIN},
    # item and category
    "ItemService.Create": {KEEPER},
    "CategoryService.Update": {KEEPER},
    # receipt
    "ReceiptService.Create": {STATION_KEEPER, SUB_KEEPER, KEEPER},
    "ReceiptService.Post": {STATION_KEEPER, SUB_KEEPER, KEEPER},
    "ReceiptService.Approve": {HEAD, PHARMACIST},
    "ReceiptService.List": {STATION_KEEPER, SUB_KEEPER, KEEPER, HEAD, PHARMACIST, FINANCE},
    # issue and take-on
    "IssueService.Create": {STATION_HEAD, STATION_KEEPER, SUB_KEEPER, KEEPER},
    "IssueService.Post": {STATION_HEAD, STATION_KEEPER, SUB_KEEPER, KEEPER},
    "IssueService.Receive": {DOCTOR, STATION_HEAD, STATION_KEEPER, SUB_KEEPER, KEEPER},
    "IssueService.Approve": {HEAD},
    # requisition; the head of a station also asks in its name
    "RequisitionService.Create": {DOCTOR, STATION_HEAD},
    "StationApprovalService.Approve": {STATION_HEAD},
    "SubCenterApprovalService.Approve": {SUB_KEEPER},
    "CenterApprovalService.Approve": {HEAD, PHARMACIST},
    # loss
    "PersonalLossService.Create": {DOCTOR},
    "PersonalLossService.Approve": {STATION_HEAD, SUB_KEEPER, PHARMACIST},
    "LossRecordService.List": {
        STATION_HEAD, SUB_KEEPER, KEEPER, HEAD, PHARMACIST, FINANCE, QUALITY,
    },
    # stocktake: counted, looked over, planned, approved
    "CountSheetService.Update": {DOCTOR, STATION_KEEPER},
    "CountService.List": {STATION_HEAD, SUB_KEEPER, KEEPER, HEAD, PHARMACIST, FINANCE},
    "CountService.Start": {KEEPER},
    "CountService.Approve": {FINANCE},
    # red reversal and destruction: asked, approved
    "RedIssueService.Create": {STATION_HEAD, STATION_KEEPER, KEEPER},
    "DisposalService.Create": {STATION_HEAD, STATION_KEEPER, KEEPER},
    "RedIssueService.Approve": {SUB_KEEPER, HEAD, FINANCE},
    "DisposalService.Approve": {SUB_KEEPER, HEAD, FINANCE},
    # recall: started, executed, closed
    "RecallService.Start": {PHARMACIST, QUALITY},
    "RecallService.Dispose": {KEEPER},
    "RecallNoticeService.Collect": {KEEPER},
    "RecallService.Close": {QUALITY},
    "RecallService.Revoke": {QUALITY},
    # role-item relation and stores of people
    "RoleItemService.Create": {KEEPER, ADMIN},
    "WarehouseService.MakeStores": {KEEPER, ADMIN},
}  # fmt: skip


def rights(role: str) -> tuple[list[str], int]:
    """The permissions of a seeded role, and its scope."""
    (row,) = (row for row in ROLES if row[0] == role)
    return expand(row[4], sorted(Registry(SERVICES).permissions())), row[3]


def may(clerk: Clerk, rpc: str) -> bool:
    """Whether the server lets this person so far as to look at the request."""
    service, name = rpc.split(".")
    method = facts.service(f"inventory.{service}").methods_by_name[name]
    try:
        empty = facts.request_class(method)()
        clerk.raw(method, empty, [(signing.REQUEST, str(uuid.uuid4()))])
    except grpc.RpcError as error:
        return "没有权限" not in text_of(error)
    return True


def holders(people: dict[str, Clerk], rpc: str) -> set[str]:
    """Who of them may call it."""
    return {role for role, clerk in people.items() if may(clerk, rpc)}


def seen(clerk: Clerk, places: Iterable[int]) -> set[int]:
    """In which of the warehouses the person sees stock."""
    wanted = [str(place) for place in places]
    asked = ListRequest(filters=[Filter(field="warehouse_id", values=wanted)])
    return {row.warehouse_id for row in clerk("inventory.StockService.List", asked).rows}


@pytest.mark.requirement(80)
@pytest.mark.requirement(81)
def test_every_cell_of_the_matrix(world: World, someone: Someone) -> None:
    world.taken_on()
    station, centre = world.doctor.who.department_id, world.keeper.who.department_id
    at = {DOCTOR: station, STATION_HEAD: station, STATION_KEEPER: station}
    people = {}
    for role in COLUMNS:
        held, scope = rights(role)
        people[role] = someone(*held, scope=scope, department_id=at.get(role, 0))
    assert {rpc: holders(people, rpc) for rpc in MATRIX} == MATRIX
    places = (world.centre, world.station)
    assert centre != station
    for role in (STATION_HEAD, STATION_KEEPER):
        assert seen(people[role], places) == {world.station}, role
    assert seen(people[SUB_KEEPER], places) == set()
    for role in (KEEPER, HEAD, PHARMACIST, FINANCE, QUALITY):
        assert seen(people[role], places) == set(places), role


def test_narcotics_are_the_pharmacist_s_to_approve(world: World, someone: Someone) -> None:
    morphine = world.item("盐酸吗啡注射液", "1ml:10mg", 10, control=2)
    line = world.line("N1", 400, 1, item_id=morphine)
    pair = {"acceptor_id": world.keeper.who.id, "second_acceptor_id": world.doctor.who.id}
    made = world.keeper("inventory.ReceiptService.Create", world.draft(line, **pair))
    made = world.keeper("inventory.ReceiptService.Submit", named(made))
    head = someone(*rights(HEAD)[0], name="王主任")
    with refused(grpc.StatusCode.PERMISSION_DENIED) as error:
        head("inventory.ReceiptService.Approve", named(made))
    assert "须由药师审批" in text_of(error.value)
    pharmacist = someone(*rights(PHARMACIST)[0], name="沈药师")
    made = pharmacist("inventory.ReceiptService.Approve", named(made))
    assert made.approver_id == pharmacist.who.id
