"""The to-do of the stores: whose turn it is, and the number equals the list it opens."""

from collections.abc import Callable

import pytest

from protos import facts
from protos.admin import role_pb2
from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import issue_pb2, issue_return_pb2, warehouse_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.registry import Registry
from server.core.run import Running
from server.services import SERVICES
from tests.inventory.chain import STATION, SUB_CENTER, Chain
from tests.inventory.test_box import PLATFORM, REQUEST, Boxes
from tests.inventory.test_recall import answered, notices, started
from tests.inventory.world import ISSUE, day, named
from tests.people import Clerk, todos, waits

AT_STATION, AT_SUB_CENTER = STATION.rstrip("."), SUB_CENTER.rstrip(".")
NOTICE, BACK = "inventory.RecallNoticeService", "inventory.IssueReturnService"
DECIDERS = {
    facts.of_rpc(verb).permission
    for method, _ in Registry(SERVICES).methods()
    if facts.of_rpc(method).decides
    for verb in (method, method.containing_service.methods_by_name["List"])
}


@pytest.fixture
def chain(server: Running, someone: Callable[..., Clerk]) -> Chain:
    """Goods in the centre, people at every level."""
    return Chain(server, someone)


def waiting(clerk: Clerk, service: str) -> set[int]:
    """The ids that wait for a user; the number is checked against the list."""
    count, ids = waits(clerk, service)
    assert todos(clerk)[service] == count == len(ids)
    return ids


def at_station(chain: Chain) -> issue_pb2.Issue:
    """Ten sent to the station and taken on there."""
    sent = chain.sent(chain.wanting(10, chain.centre, chain.station))
    return chain.doctor(ISSUE + "Receive", named(sent))


def test_a_requisition_waits_for_the_head_of_the_station_until_it_is_decided(chain: Chain) -> None:
    head = chain.station_head
    first, second = chain.asked(20), chain.asked(30)
    own = chain.asked(10, head, chain.own)
    assert AT_STATION not in todos(chain.doctor), "who only asks has nothing to decide"
    assert waiting(head, AT_STATION) == {first.id, second.id}, "his own is not his to approve"
    assert own.id in {row.id for row in head(STATION + "List", ListRequest()).rows}
    assert waiting(chain.sub_head, AT_SUB_CENTER) == set()
    chain.decided(head, STATION, first.id, 0, 20)
    assert waiting(head, AT_STATION) == {second.id}
    assert waiting(chain.sub_head, AT_SUB_CENTER) == {chain.child(first.id).id}
    no = ReturnRequest(id=second.id, version=second.version, reason="库存够用")
    head(STATION + "Reject", no)
    assert waiting(head, AT_STATION) == set()


def test_goods_sent_back_wait_for_the_store_that_issued_them(
    chain: Chain, someone: Callable[..., Clerk]
) -> None:
    receive = ("inventory.issue_return.read", "inventory.issue_return.receive")
    sender = someone(
        *receive, scope=role_pb2.Role.DEPARTMENT, department_id=chain.doctor.who.department_id
    )
    issue = at_station(chain)
    draft = issue_return_pb2.IssueReturn(issue_id=issue.id, business_on=day(0), reason="surplus")
    made = chain.doctor(BACK + ".Create", draft)
    made = chain.doctor(BACK + ".Submit", named(made))
    assert sender(BACK + ".Get", IdRequest(id=made.id)).number == made.number
    assert waiting(sender, BACK) == set(), "he sees it, the centre takes it back"
    assert waiting(chain.keeper, BACK) == {made.id}
    chain.keeper(BACK + ".Approve", named(made))
    assert waiting(chain.keeper, BACK) == set()


def test_a_recall_waits_for_every_holder_until_he_answers(chain: Chain) -> None:
    chain.warehouse("GLK", "隔离库", warehouse_pb2.Warehouse.QUARANTINE, parent_id=chain.centre)
    at_station(chain)
    own = chain.sent(chain.wanting(4, chain.station, chain.own))
    chain.doctor(ISSUE + "Receive", named(own))
    started(chain)
    told = notices(chain.keeper)
    mine = told[chain.own]
    assert mine.id not in waiting(chain.keeper, NOTICE), "a personal store answers for itself"
    assert mine.id in waiting(chain.doctor, NOTICE)
    answered(chain.doctor, mine, mine.book)
    assert mine.id not in waiting(chain.doctor, NOTICE)


def test_a_request_for_a_box_waits_for_the_pharmacist(
    server: Running, someone: Callable[..., Clerk]
) -> None:
    boxes = Boxes(server, someone)
    service = REQUEST.rstrip(".")
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(5, 0))
    asked = boxes.request()
    assert waiting(boxes.pharmacist, service) == {asked.id}
    assert service not in todos(boxes.platform)
    boxes.pharmacist(REQUEST + "Approve", named(asked))
    assert waiting(boxes.pharmacist, service) == set()


def test_every_number_equals_its_list_for_who_may_decide_everything(
    chain: Chain, someone: Callable[..., Clerk]
) -> None:
    everybody = someone(*DECIDERS, name="什么都批")
    chain.asked(20)
    found = todos(everybody)
    assert found[AT_STATION] == 1
    assert found == {service: waits(everybody, service)[0] for service in found}
