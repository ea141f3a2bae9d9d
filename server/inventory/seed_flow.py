"""Demo requisitions, kit boxes, differences and recalls, made by the rules the services use."""

from collections.abc import Sequence
from datetime import timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select

from protos.inventory import box_pb2, recall_pb2, requisition_pb2, warehouse_pb2
from server.core.call import Call
from server.core.codes import codes
from server.core.numbering import shanghai_date
from server.inventory import recall as recalling
from server.inventory import recall_lock, recall_trace
from server.inventory.box import Box, BoxTemplate, TemplateLine, seal
from server.inventory.box_request import taken
from server.inventory.consumption import Use, consume
from server.inventory.document import approve, submit
from server.inventory.item import Item
from server.inventory.numbers import stock_number
from server.inventory.proposing import describe, usable_units
from server.inventory.recall import Recall, RecalledLot
from server.inventory.requisition import (
    PREFIX,
    Requisition,
    RequisitionLine,
    approve_lines,
    level_of,
    suggest,
)
from server.inventory.warehouse import Warehouse

_S, _W = requisition_pb2.Requisition, warehouse_pb2.Warehouse
BOX = ("盐酸肾上腺素注射液", "硫酸阿托品注射液", "盐酸胺碘酮注射液", "盐酸多巴胺注射液",
        "呋塞米注射液", "地塞米松磷酸钠注射液")  # fmt: skip
POISON_BOX = ("盐酸纳洛酮注射液", "葡萄糖酸钙注射液", "50%葡萄糖注射液")
_PER_BOX = 5
PLATES = ("沪A·D5871", "沪A·D6203", "沪A·D7015", "")  # the last box stands ready


def trace_codes(number: int, count: int) -> str:
    """So many believable codes of 20 digits for one line."""
    return " ".join(f"8{number:06d}{at:013d}" for at in range(1, count + 1))


def kit(call: Call, station: Warehouse, number: int, name: str) -> Warehouse:
    """The store that is a kit box of a station."""
    code = f"YX{number:03d}"
    made = Warehouse(
        code=code, name=name, kind=_W.BOX, department_id=station.department_id,
        parent_id=station.id, cool=True, carrier_no=f"YX-{number:03d}", codes=codes(name, code),
        created_at=call.now, updated_at=call.now,
    )  # fmt: skip
    call.db.add(made)
    call.db.flush()
    return made


def box_content(call: Call, names: Sequence[str]) -> list[tuple[Item, int]]:
    """What a demo box holds."""
    chosen = select(Item).where(Item.name.in_(names)).order_by(Item.code)
    return [(item, _PER_BOX) for item in call.db.scalars(chosen)]


def box(
    call: Call, store: Warehouse, name: str, content: Sequence[tuple[Item, int]], plate: str
) -> Box:
    """The filled, sealed box on its vehicle, or ready without one."""
    made = Box(
        warehouse_id=store.id, warehouse=store, box_no=store.carrier_no,
        template=_template(call, name, content),
        plate=plate, state=box_pb2.Box.OPENED, created_at=call.now, updated_at=call.now,
    )  # fmt: skip
    call.db.add(made)
    call.db.flush()
    seal(call, made, f"QF{store.carrier_no[-3:]}1101")
    made.state = box_pb2.Box.IN_USE if plate else box_pb2.Box.READY
    call.db.flush()
    return made


def _template(call: Call, name: str, content: Sequence[tuple[Item, int]]) -> BoxTemplate:
    known = call.db.scalars(select(BoxTemplate).where(BoxTemplate.name == name)).first()
    return known or BoxTemplate(
        name=name, created_at=call.now, updated_at=call.now,
        lines=[
            TemplateLine(position=at, item_id=item.id, item=item, quantity=n, min_life_days=30)
            for at, (item, n) in enumerate(content, 1)
        ],
    )  # fmt: skip


def box_request(
    call: Call, box: Box, number: str, content: Sequence[tuple[Item, int]], spare: str = ""
) -> None:
    """What the platform sent last night: one ampoule is missing in no record.

    With a ``spare`` box of that number the box is to be exchanged for it.
    """
    lines = [
        box_pb2.PlatformLine(
            item_code=item.code, remaining=n - (at < 1), requested=int(at < 1 and not spare)
        )
        for at, (item, n) in enumerate(content)
    ]
    stamp = Timestamp()
    stamp.FromDatetime(call.now)
    taken(
        call,
        box_pb2.PlatformRequest(
            request_no=number, box_no=box.box_no, plate=box.plate,
            crew="A班 陈医生 赵护士",
            seal_old=box.seal_no, requested_at=stamp, lines=lines, replacement_no=spare,
            mode=box_pb2.BoxRequest.SWAP if spare else box_pb2.BoxRequest.REFILL,
        ),
    )  # fmt: skip


def requisition(
    call: Call,
    warehouse: Warehouse,
    source: Warehouse,
    wanted: Sequence[tuple[Item, int]],
    why: str,
    *,
    urgent: bool = False,
) -> Requisition:
    """A submitted requisition."""
    made = Requisition(
        warehouse_id=warehouse.id, source_id=source.id, source=source, level=level_of(source),
        urgent=urgent, business_on=shanghai_date(call.now), remark=why, maker_id=call.user.id,
        state=_S.SUBMITTED, created_at=call.now, created_by=call.user.id, updated_at=call.now,
        lines=[
            RequisitionLine(position=at, item_id=item.id, item=item, unit=item.base_unit,
                            factor=1, quantity=n, base_quantity=n)
            for at, (item, n) in enumerate(wanted, 1)
        ],
    )  # fmt: skip
    call.db.add(made)
    describe(call, warehouse.id, made.lines)
    made.requested = sum(n for _, n in wanted)
    _suggest(call, made)
    submit(call, made, PREFIX)
    call.db.flush()
    return made


def _suggest(call: Call, made: Requisition) -> None:
    free = usable_units(call, made.source_id, [line.item_id for line in made.lines])
    suggest(made.lines, free, top=made.level == _S.CENTER)


def forwarded(call: Call, made: Requisition) -> None:
    """The approver grants what is there and passes the rest on."""
    approve(call, made)
    for line in made.lines:
        line.granted, line.forwarded, line.cut_reason = 0, line.base_quantity - 2, "先用现有"
    child = approve_lines(call, made)
    made.state = _S.APPROVED
    if child is not None:
        _suggest(call, child)
    call.db.flush()


def difference(call: Call, item: Item, units: int) -> None:
    """A record that used more than any store of the doctor's has, and one item nobody knows."""
    at = call.now - timedelta(hours=3)
    consume(
        call, doctor_id=call.user.id, task_id=1, emr_id=1, task_no="20261124-0031",
        lines=[Use(item.id, units, at), Use(999, 1, at, line_id=2)],
    )  # fmt: skip


def recall(call: Call, item: Item, lot_no: str, place: Warehouse, *, drill: bool) -> Recall:
    """A recall under way: locked unless a drill, every holder told, patients listed."""
    made = Recall(
        number=stock_number(call, recalling.PREFIX), grade=recall_pb2.Recall.GRADE_2,
        origin=recall_pb2.Recall.MANUFACTURER if drill else recall_pb2.Recall.REGULATOR,
        notice_no="" if drill else "沪药监召〔2026〕17号", item_id=item.id, item=item,
        lot_nos=lot_no, reason="季度召回演练" if drill else "抽检可见异物不合格",
        quarantine_id=place.id, drill=drill, started_at=call.now, starter_id=call.user.id,
        state=recall_pb2.Recall.ACTIVE, created_at=call.now, created_by=call.user.id,
        updated_at=call.now,
    )  # fmt: skip
    lots = recalling.lots_meant(call.db, made)
    made.recalled = [RecalledLot(lot_id=x.id, lot=x, state_before=x.state) for x in lots]
    call.db.add(made)
    call.db.flush()
    if not drill:
        recall_lock.lock_lots(call, made)
    recall_trace.notify(call, made)
    recall_trace.list_patients(call, made)
    call.db.flush()
    return made
