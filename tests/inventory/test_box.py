"""Kit boxes: template, seal, requests of the platform, filled, sealed again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import box_pb2 as pb
from protos.inventory import issue_pb2, warehouse_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from server.inventory.consumption import Consumption, Use, consume, settle_line
from server.inventory.ledger import Account
from tests.inventory.test_invariants import totals
from tests.inventory.world import ISSUE, World, call_of, named
from tests.people import Clerk, faults_of, refused, text_of

BOX, TEMPLATE = "inventory.BoxService.", "inventory.BoxTemplateService."
REQUEST, PLATFORM = "inventory.BoxRequestService.", "inventory.BoxPlatformService."
B, R = pb.Box, pb.BoxRequest
PRECONDITION, INVALID = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT
_KEEPING = (
    "inventory.box.read", "inventory.box.write", "inventory.box_template.read",
    "inventory.box_template.write", "inventory.box_request.read", "inventory.box_request.post",
)  # fmt: skip
_WHEN = Timestamp(seconds=int(datetime.now(UTC).timestamp()))


class Boxes(World):
    """A full, sealed box of 5 adrenaline on a vehicle; 295 in the centre."""

    def __init__(self, server: Running, someone: Callable[..., Clerk]) -> None:
        super().__init__(server, lambda *p, **v: someone(*p, *_KEEPING, **v))
        self.platform = someone("inventory.box_platform.submit", name="药箱平台")
        self.pharmacist = someone(
            "inventory.box_request.read", "inventory.box_request.approve", name="药师"
        )
        self.receiver = someone("inventory.issue.read", "inventory.issue.receive", name="收货员")
        self.kit = self.warehouse(
            "YX01", "一号药箱", warehouse_pb2.Warehouse.BOX, carrier_no="YX-01",
            parent_id=self.centre,
        )  # fmt: skip
        self.received(self.line("L1", 400, 20), self.line("L2", 600, 10))
        line = pb.TemplateLine(item_id=self.adrenaline, quantity=5, min_life_days=30)
        template = self.keeper(TEMPLATE + "Create", pb.BoxTemplate(name="成人箱", lines=[line]))
        made = B(warehouse_id=self.kit, template_id=template.id)
        self.box = self.keeper(BOX + "Create", made).id
        sent = self.sent(self.wanting(5, self.centre, self.kit))
        self.taken(sent)
        full = self.keeper(BOX + "Seal", self.sealing("S-001"))
        assert full.state == B.READY
        taken = pb.TakeBoxRequest(id=full.id, version=full.version, plate="沪A12345")
        self.keeper(BOX + "Take", taken)

    def taken(self, sent: issue_pb2.Issue) -> None:
        """Somebody other than the keeper takes on what he sent."""
        self.receiver(ISSUE + "Receive", named(sent))

    def seen(self) -> pb.Box:
        """The box as its page opens it."""
        return self.keeper(BOX + "Get", IdRequest(id=self.box))

    def sealing(self, seal_no: str) -> pb.SealRequest:
        """A new seal for the box."""
        now = self.seen()
        return pb.SealRequest(id=now.id, version=now.version, seal_no=seal_no)

    def code(self) -> str:
        """What the platform calls adrenaline."""
        item = self.keeper("inventory.ItemService.Get", IdRequest(id=self.adrenaline))
        return str(item.code)

    def told(self, remaining: int, requested: int, **values: Any) -> pb.PlatformRequest:
        """A request of the platform."""
        line = pb.PlatformLine(
            item_code=self.code(), remaining=remaining, requested=requested,
            expired=values.pop("expired", 0),
        )  # fmt: skip
        facts = {"request_no": "PT-1", "seal_old": "S-001", "plate": "沪A12345", **values}
        return pb.PlatformRequest(
            box_no="YX-01", crew="A班 陈医生", requested_at=_WHEN, lines=[line], **facts
        )

    def used(self, quantity: int) -> None:
        """A record says so many were used out of the box."""
        with self.server.worker.app.sessions.write() as db:
            call = call_of(self.server, self.doctor, db)
            now = datetime.now(UTC)
            uses = [Use(self.adrenaline, quantity, now)]
            answer = consume(
                call, doctor_id=call.user.id, task_id=1, emr_id=9, task_no="T-9", lines=uses
            )
            made = db.get_one(Consumption, answer.consumption_id)
            settle_line(call, made, made.lines[0], self.kit)

    def request(self) -> pb.BoxRequest:
        """The only request."""
        (row,) = self.keeper(REQUEST + "List", ListRequest()).rows
        return self.keeper(REQUEST + "Get", IdRequest(id=row.id))


@pytest.fixture
def boxes(server: Running, someone: Callable[..., Clerk]) -> Boxes:
    """One box."""
    return Boxes(server, someone)


@pytest.mark.requirement(22)
def test_a_used_box_is_approved_filled_and_sealed_again(boxes: Boxes) -> None:
    boxes.used(2)
    answer = boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(3, 2))
    assert (answer.number[:2], answer.state) == ("XL", R.SUBMITTED)
    assert boxes.seen().state == B.OPENED
    asked = boxes.request()
    line = asked.lines[0]
    assert (line.standard, line.book, line.remaining, line.emr_used, line.difference) == (
        5, 3, 3, 2, 0,
    )  # fmt: skip
    assert "T-9" in asked.uses
    boxes.pharmacist(REQUEST + "Approve", named(asked))
    filled = boxes.keeper(REQUEST + "Post", named(boxes.request()))
    assert filled.state == R.ISSUED
    sealed = pb.SealRequest(id=filled.id, version=filled.version, seal_no="S-002")
    done = boxes.keeper(REQUEST + "Seal", sealed)
    assert (done.state, done.seal_new) == (R.DONE, "S-002")
    box = boxes.seen()
    assert (box.state, box.seal_no, box.content[0].quantity) == (B.READY, "S-002", 5)
    question = pb.PlatformQuestion(request_no="PT-1")
    answer = boxes.platform(PLATFORM + "BoxRequestResult", question)
    assert (answer.state, answer.seal_no, answer.lines[0].approved) == (R.DONE, "S-002", 2)
    assert boxes.differences() == []


def test_a_box_put_on_the_wrong_vehicle_comes_back_ready(boxes: Boxes) -> None:
    out = boxes.seen()
    assert (out.state, out.plate) == (B.IN_USE, "沪A12345")
    with refused(INVALID) as error:
        boxes.keeper(BOX + "Return", ReturnRequest(id=out.id, version=out.version))
    assert set(faults_of(error.value)) == {"reason"}
    why = ReturnRequest(id=out.id, version=out.version, reason="登错车辆")
    back = boxes.keeper(BOX + "Return", why)
    assert (back.state, back.plate, back.remark) == (B.READY, "", "登错车辆")
    assert back.seal_no == "S-001", "the seal was not touched"
    right = pb.TakeBoxRequest(id=back.id, version=back.version, plate="沪A54321")
    assert boxes.keeper(BOX + "Take", right).plate == "沪A54321"


def test_a_used_box_does_not_come_back_as_full(boxes: Boxes) -> None:
    boxes.used(2)
    out = boxes.seen()
    with refused(PRECONDITION) as error:
        boxes.keeper(BOX + "Return", ReturnRequest(id=out.id, version=out.version, reason="没有用"))
    assert "封签后用过" in text_of(error.value)
    assert boxes.seen().state == B.IN_USE


@pytest.mark.requirement(23)
def test_requests_are_found_by_box_state_and_number(boxes: Boxes) -> None:
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(5, 0))
    for field, value in (("request_no", "PT-1"), ("box_id", str(boxes.box)),
                         ("plate", "沪A12345"), ("state", "SUBMITTED")):  # fmt: skip
        asked = ListRequest(filters=[Filter(field=field, values=[value])])
        assert len(boxes.keeper(REQUEST + "List", asked).rows) == 1, field
    asked = ListRequest(filters=[Filter(field="state", values=["DONE"])])
    assert not boxes.keeper(REQUEST + "List", asked).rows


@pytest.mark.requirement(22)
def test_the_platform_may_repeat_itself_but_not_change_its_mind(boxes: Boxes) -> None:
    told = boxes.told(5, 0)
    answers = {
        boxes.platform(PLATFORM + "SubmitBoxRequest", told).number for _ in range(3)
    }  # each with a request id of its own
    assert len(answers) == 1
    with refused(INVALID) as error:
        boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(4, 1))
    assert "INV-012" in faults_of(error.value)["request_no"]


def test_what_no_record_explains_is_a_loss_with_a_reason(boxes: Boxes) -> None:
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(4, 1))
    asked = boxes.request()
    assert (asked.difference, asked.lines[0].difference) == (1, 1)
    with refused(INVALID) as error:
        boxes.pharmacist(REQUEST + "Approve", named(asked))
    assert "病历里没有" in faults_of(error.value)["lines[0].loss_reason"]
    asked.lines[0].loss_reason = "箱内打碎一支"
    asked = boxes.pharmacist(REQUEST + "Update", asked)
    boxes.pharmacist(REQUEST + "Approve", named(asked))
    boxes.keeper(REQUEST + "Post", named(boxes.request()))
    assert boxes.seen().content[0].quantity == 5
    assert totals(boxes)[Account.LOSS] == 1
    assert boxes.differences() == []


def test_more_in_the_box_than_in_the_books_must_be_mended_first(boxes: Boxes) -> None:
    boxes.used(2)
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(5, 0))
    with refused(INVALID) as error:
        boxes.pharmacist(REQUEST + "Approve", named(boxes.request()))
    assert "多2支" in faults_of(error.value)["lines[0].loss_reason"]


def test_a_cut_has_a_reason_and_a_rejection_reaches_the_platform(boxes: Boxes) -> None:
    boxes.used(2)
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(3, 2))
    asked = boxes.request()
    asked.lines[0].approved = 1
    with refused(INVALID) as error:
        boxes.pharmacist(REQUEST + "Update", asked)
    assert set(faults_of(error.value)) == {"lines[0].cut_reason"}
    no = ReturnRequest(id=asked.id, version=asked.version, reason="药箱停用")
    boxes.pharmacist(REQUEST + "Reject", no)
    question = pb.PlatformQuestion(request_no="PT-1")
    answer = boxes.platform(PLATFORM + "BoxRequestResult", question)
    assert (answer.state, answer.reason) == (R.REJECTED, "药箱停用")


def test_a_box_short_of_something_is_not_sealed_unless_it_was_cut(boxes: Boxes) -> None:
    boxes.used(2)
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(3, 2))
    with refused(PRECONDITION) as error:
        boxes.keeper(BOX + "Seal", boxes.sealing("S-002"))
    assert "补齐" in text_of(error.value)
    asked = boxes.request()
    asked.lines[0].approved, asked.lines[0].cut_reason = 1, "库存紧张"
    asked = boxes.pharmacist(REQUEST + "Update", asked)
    boxes.pharmacist(REQUEST + "Approve", named(asked))
    filled = boxes.keeper(REQUEST + "Post", named(boxes.request()))
    wrong = pb.SealRequest(id=filled.id, version=filled.version, seal_no="S-001")
    with refused(INVALID):
        boxes.keeper(REQUEST + "Seal", wrong)
    right = pb.SealRequest(id=filled.id, version=filled.version, seal_no="S-002")
    assert boxes.keeper(REQUEST + "Seal", right).state == R.DONE


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"seal_old": "S-999"}, "seal_old"),
        ({"expired": 6}, "lines[0].expired"),
    ],
)
def test_requests_that_cannot_be_right_are_refused(
    boxes: Boxes, values: dict[str, Any], path: str
) -> None:
    with refused(INVALID) as error:
        boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(5, 0, **values))
    assert set(faults_of(error.value)) == {path}


def test_only_the_platform_may_send_requests(boxes: Boxes) -> None:
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        boxes.keeper(PLATFORM + "SubmitBoxRequest", boxes.told(5, 0))


def test_a_box_is_a_warehouse_of_its_kind_once(boxes: Boxes) -> None:
    template = boxes.keeper(TEMPLATE + "List", ListRequest()).rows[0].id
    for place in (boxes.centre, boxes.kit):
        with refused(INVALID) as error:
            boxes.keeper(BOX + "Create", B(warehouse_id=place, template_id=template))
        assert set(faults_of(error.value)) == {"warehouse_id"}
