"""Kit boxes: template, seal, requests of the platform, filled, sealed again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import box_pb2 as pb
from protos.inventory import issue_pb2, stock_pb2, warehouse_pb2
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.run import Running
from server.inventory.consumption import Use, consume, settle_line
from server.inventory.consumption_record import Consumption
from server.inventory.ledger_tables import Account, Move
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
        self.reverser = someone(
            "inventory.box_request.read", "inventory.box_request_red.approve", name="科长"
        )
        self.receiver = someone("inventory.issue.read", "inventory.issue.receive", name="收货员")
        self.received(self.line("L1", 400, 20), self.line("L2", 600, 10))
        line = pb.TemplateLine(item_id=self.adrenaline, quantity=5, min_life_days=30)
        template = self.keeper(TEMPLATE + "Create", pb.BoxTemplate(name="成人箱", lines=[line]))
        self.template = template.id
        full = self.full("YX-01", "S-001")
        self.box, self.kit = full.id, full.warehouse_id
        assert full.state == B.READY
        taken = pb.TakeBoxRequest(id=full.id, version=full.version, plate="沪A12345")
        self.keeper(BOX + "Take", taken)

    def full(self, box_no: str, seal_no: str) -> pb.Box:
        """A new box of that number, filled and sealed."""
        kit = self.warehouse(
            box_no.replace("-", ""), f"药箱{box_no}", warehouse_pb2.Warehouse.BOX,
            carrier_no=box_no, parent_id=self.centre,
        )  # fmt: skip
        made = self.keeper(BOX + "Create", B(warehouse_id=kit, template_id=self.template))
        self.taken(self.sent(self.wanting(5, self.centre, kit)))
        seal = pb.SealRequest(id=made.id, version=made.version, seal_no=seal_no)
        return self.keeper(BOX + "Seal", seal)

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

    def held(self) -> tuple[int, ...]:
        """Units in the centre and in the box that went out."""
        return tuple(sum(self.stock(place).values()) for place in (self.centre, self.kit))

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
def test_a_box_is_not_sealed_over_what_may_not_be_used_and_shows_it_by_lot(boxes: Boxes) -> None:
    boxes.used(1)
    boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(4, 1))
    boxes.aged("L1", 20)
    (row,) = boxes.seen().content
    assert (row.lot_no, row.quantity, row.standard, row.short) == ("L1", 4, 5, 5)
    assert (row.fit, row.fault) == (pb.BoxContent.UNFIT, "效期只剩20天，模板要求至少30天")
    (shown,) = boxes.request().content
    assert shown == row, "who approves sees the same"
    with refused(PRECONDITION) as error:
        boxes.keeper(BOX + "Seal", boxes.sealing("S-002"))
    assert "批号L1×4（效期只剩20天，模板要求至少30天）" in text_of(error.value)
    boxes.aged("L1", 400)
    lot = next(x for x in boxes.keeper("inventory.LotService.List", ListRequest()).rows
               if x.lot_no == "L1")  # fmt: skip
    hold = stock_pb2.HoldRequest(id=lot.id, version=lot.version, reason="疑有混浊")
    boxes.keeper("inventory.LotService.Hold", hold)
    boxes.pharmacist(REQUEST + "Approve", named(boxes.request()))
    filled = boxes.keeper(REQUEST + "Post", named(boxes.request()))
    assert [(r.lot_no, r.quantity, r.fit) for r in filled.content] == [
        ("L2", 1, pb.BoxContent.GOOD)
    ], "the stopped lot came out, the next one in turn went in"
    assert boxes.stock(boxes.centre) == {"L1": 199, "L2": 99}
    with refused(PRECONDITION) as error:
        boxes.keeper(BOX + "Seal", boxes.sealing("S-002"))
    assert "药箱还缺盐酸肾上腺素注射液" in text_of(error.value)
    boxes.taken(boxes.sent(boxes.wanting(4, boxes.centre, boxes.kit)))
    assert boxes.keeper(BOX + "Seal", boxes.sealing("S-002")).state == B.READY
    assert boxes.differences() == []


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


@pytest.fixture
def swapped(boxes: Boxes) -> pb.BoxRequest:
    """Two used, one broken; the platform asked for another box, the pharmacist chose it."""
    spare = boxes.full("YX-02", "S-900")
    boxes.used(2)
    told = boxes.told(2, 0, mode=R.SWAP)
    answers = [boxes.platform(PLATFORM + "SubmitBoxRequest", told) for _ in range(2)]
    assert (answers[0].number, answers[0].mode) == (answers[1].number, R.SWAP)
    asked = boxes.request()
    with refused(INVALID) as error:
        boxes.pharmacist(REQUEST + "Approve", named(asked))
    assert "备用满箱" in faults_of(error.value)["replacement_id"]
    asked.replacement_id = boxes.box
    asked.lines[0].loss_reason = "箱内打碎一支"
    with refused(INVALID) as error:
        boxes.pharmacist(REQUEST + "Update", asked)
    assert "就是要换下的药箱" in faults_of(error.value)["replacement_id"]
    asked.replacement_id = spare.id
    asked = boxes.pharmacist(REQUEST + "Update", asked)
    boxes.pharmacist(REQUEST + "Approve", named(asked))
    with refused(PRECONDITION) as wrong:
        boxes.keeper(REQUEST + "Post", named(boxes.request()))
    assert "换箱" in text_of(wrong.value)
    before = boxes.held()
    done = boxes.keeper(REQUEST + "Swap", named(boxes.request()))
    assert (before, boxes.held()) == ((290, 3), (292, 0)), "content came in, less what broke"
    return done


@pytest.mark.requirement(22)
@pytest.mark.requirement(23)
def test_an_opened_box_is_exchanged_whole_for_a_full_one(
    boxes: Boxes, swapped: pb.BoxRequest
) -> None:
    assert (swapped.state, swapped.seal_new) == (R.DONE, "S-900")
    old = boxes.seen()
    new = boxes.keeper(BOX + "Get", IdRequest(id=swapped.replacement_id))
    assert (old.state, old.plate) == (B.OPENED, "")
    assert (new.state, new.plate, new.content[0].quantity) == (B.IN_USE, "沪A12345", 5)
    with boxes.server.worker.app.sessions.read() as db:
        chosen = select(Move.code, Move.quantity).where(Move.number == swapped.number)
        codes = dict(db.execute(chosen).all())
    assert codes == {stock_pb2.Move.LOST: 1, stock_pb2.Move.SWAPPED: 2}
    answer = boxes.platform(PLATFORM + "BoxRequestResult", pb.PlatformQuestion(request_no="PT-1"))
    assert (answer.state, answer.replacement_no, answer.seal_no) == (R.DONE, "YX-02", "S-900")
    asked = ListRequest(filters=[Filter(field="mode", values=["SWAP"])])
    assert len(boxes.keeper(REQUEST + "List", asked).rows) == 1
    assert boxes.differences() == []


@pytest.mark.requirement(22)
def test_an_exchange_booked_by_mistake_is_reversed_whole(
    boxes: Boxes, swapped: pb.BoxRequest
) -> None:
    why = ReturnRequest(id=swapped.id, version=swapped.version, reason="换错药箱")
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        boxes.keeper(REQUEST + "Reverse", why)
    red = boxes.reverser(REQUEST + "Reverse", why)
    assert (red.state, red.returned_reason) == (R.REVERSED, "换错药箱")
    assert boxes.held() == (290, 3)
    assert totals(boxes).get(Account.LOSS, 0) == 0
    new = boxes.keeper(BOX + "Get", IdRequest(id=swapped.replacement_id))
    assert (boxes.seen().plate, new.state, new.plate) == ("沪A12345", B.READY, "")
    again = ReturnRequest(id=red.id, version=red.version, reason="再来一次")
    with refused(PRECONDITION):
        boxes.reverser(REQUEST + "Reverse", again)
    assert boxes.differences() == []


def test_a_box_sealed_again_since_is_not_exchanged_back(
    boxes: Boxes, swapped: pb.BoxRequest
) -> None:
    boxes.taken(boxes.sent(boxes.wanting(5, boxes.centre, boxes.kit)))
    boxes.keeper(BOX + "Seal", boxes.sealing("S-002"))
    why = ReturnRequest(id=swapped.id, version=swapped.version, reason="换错药箱")
    with refused(PRECONDITION) as error:
        boxes.reverser(REQUEST + "Reverse", why)
    assert "重新封签" in text_of(error.value)


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
        ({"mode": R.SWAP, "requested": 1}, "lines[0].requested"),
        ({"mode": R.SWAP, "replacement_no": "YX-99"}, "replacement_no"),
        ({"replacement_no": "YX-01"}, "replacement_no"),
    ],
)
def test_requests_that_cannot_be_right_are_refused(
    boxes: Boxes, values: dict[str, Any], path: str
) -> None:
    with refused(INVALID) as error:
        boxes.platform(PLATFORM + "SubmitBoxRequest", boxes.told(5, **{"requested": 0, **values}))
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
