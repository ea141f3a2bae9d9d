"""Segments of invoice numbers: handed out, used in order without a gap, the rest given back."""

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from protos.common.list_pb2 import IdRequest
from protos.finance import segment_pb2 as pb
from server.admin.person import Person
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Invalid

_STATE = pb.Segment


class Segment(Record):
    """Numbers from first to last; ``next_no`` is the one the next invoice takes."""

    __tablename__ = "finance_segment"
    __table_args__ = (
        CheckConstraint("next_no BETWEEN first_no AND last_no + 1", name="next_within"),
    )

    title: Mapped[str] = mapped_column(String(40))
    bill_code: Mapped[str] = mapped_column(String(12), index=True)
    first_no: Mapped[int]
    last_no: Mapped[int]
    digits: Mapped[int]
    holder_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id), index=True)
    next_no: Mapped[int]
    total: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    left: Mapped[int]
    state: Mapped[int] = mapped_column(default=pb.Segment.WAITING)

    @property
    def end(self) -> int:
        """The last number that is or will be used; the rest was given back."""
        return self.next_no - 1 if self.state == _STATE.RETURNED else self.last_no

    @property
    def next_text(self) -> str:
        """The next number as printed."""
        return f"{self.next_no:0{self.digits}d}"

    def describe(self) -> None:
        """Let title and counts follow the numbers."""
        first, last = f"{self.first_no:0{self.digits}d}", f"{self.last_no:0{self.digits}d}"
        self.title = f"{self.bill_code} {first}-{last}"
        self.total = self.last_no - self.first_no + 1
        self.used = self.next_no - self.first_no
        self.left = 0 if self.state == _STATE.RETURNED else self.last_no - self.next_no + 1


def overlap(segment: Segment, others: Iterable[Segment]) -> Segment | None:
    """Another segment that holds a number of this one."""
    for other in others:
        if segment.first_no <= other.end and other.first_no <= segment.last_no:
            return other
    return None


def advance(segment: Segment) -> str:
    """Take the next number, as printed; the segment ends with its last."""
    number = segment.next_text
    segment.next_no += 1
    if segment.next_no > segment.last_no:
        segment.state = _STATE.USED_UP
    segment.describe()
    return number


def current(db: Session, holder_id: int, *, lock: bool = False) -> Segment:
    """The segment a cashier uses now: an own one, else one shared at the desk."""
    chosen = select(Segment).where(
        Segment.state == _STATE.IN_USE,
        (Segment.holder_id == holder_id) | Segment.holder_id.is_(None),
    )
    chosen = chosen.order_by(Segment.holder_id.is_(None), Segment.id).limit(1)
    if lock:
        chosen = chosen.with_for_update().execution_options(populate_existing=True)
    found = db.scalars(chosen).first()
    if found is None:
        raise BusinessError("您没有在用的票据号段，请先领用并启用")
    return found


class SegmentService(CrudService[Segment, pb.Segment]):
    """Hands out the segments."""

    model = Segment
    message = pb.Segment
    page = pb.SegmentList
    searches = ("title",)
    display = "title"

    def start(self, call: Call, record: Segment) -> None:
        """Nothing is used yet."""
        record.next_no, record.used, record.left = record.first_no, 0, 0

    def check(self, call: Call, record: Segment) -> None:
        """Numbers in order, wide enough, and in no other segment of the same code."""
        if record.last_no < record.first_no:
            raise Invalid.at("last_no", "止号不能小于起号")
        if len(str(record.last_no)) > record.digits:
            raise Invalid.at("digits", "位数放不下止号")
        others = select(Segment).where(
            Segment.bill_code == record.bill_code, Segment.id != record.id
        )
        if rival := overlap(record, call.db.scalars(others)):
            raise Invalid.at("first_no", f"与号段{rival.title}重叠，请核对领用单")
        record.next_no = record.first_no
        record.describe()

    def Enable(self, call: Call, request: IdRequest) -> pb.Segment:
        """Use a segment from now on; one at a time for each holder."""
        segment = self.load(call, request)
        same = select(Segment).where(
            Segment.state == _STATE.IN_USE,
            Segment.holder_id.is_not_distinct_from(segment.holder_id),
        )
        if rival := call.db.scalars(same).first():
            raise BusinessError(f"号段{rival.title}还在用，用完或退领后再启用")
        return self.save(call, segment)

    def Return(self, call: Call, request: pb.ReturnSegmentRequest) -> pb.Segment:
        """Give back what is left, from the current number to the last."""
        segment = self.load(call, request)
        if request.from_no != segment.next_no:
            raise Invalid.at("from_no", f"退领要从当前号{segment.next_text}开始")
        segment.state = _STATE.RETURNED
        segment.describe()
        return self.save(call, segment)
