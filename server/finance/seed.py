"""Demo data of the cash desk: prices in force, a segment for the cashier, a history."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.finance import price_pb2, segment_pb2
from protos.inventory import item_pb2
from server.core.codes import codes
from server.finance import seed_history
from server.finance.price import PriceItem, PriceList
from server.finance.segment import Segment
from server.inventory.item import Item

_T = price_pb2.PriceItem
_GROUPS: dict[int, tuple[str, int]] = {item_pb2.Item.DRUG: ("YP", _T.DRUG)}
_MATERIAL = ("CL", _T.MATERIAL)
SERVICES: tuple[tuple[str, str, int, int, str, int, dict[str, Any]], ...] = (
    # code, name, group, basis, unit, fen, more; the figures of 2015, to be replaced by the customer
    ("VEH-BASE", "救护车使用费（含3公里）", _T.VEHICLE, _T.PER_TIME, "次", 3000,
     {"automatic": True}),
    ("VEH-KM", "公里收费（3公里以上）", _T.VEHICLE, _T.PER_KM, "公里", 700,
     {"automatic": True, "free": 30, "step": 1, "rounding": _T.HALF_UP}),
    ("VEH-WAIT", "救护车等车费", _T.WAITING, _T.PER_MINUTE, "半小时", 4000,
     {"per": 300, "step": 300}),
    ("EMS-CALL", "院前急救费", _T.EMERGENCY, _T.PER_TIME, "次", 3000, {"automatic": True}),
    ("TRT-S", "小抢救", _T.TREATMENT, _T.PER_TIME, "次", 3000, {}),
    ("TRT-M", "中抢救", _T.TREATMENT, _T.PER_TIME, "次", 4000, {}),
    ("EXAM-ECG", "常规心电图", _T.EXAM, _T.PER_TIME, "次", 2000, {"measure": "ecg"}),
    ("EXAM-GLU", "葡萄糖测定", _T.EXAM, _T.PER_TIME, "次", 500, {"measure": "glucose"}),
    ("MEAS-OXY", "吸氧", _T.TREATMENT, _T.PER_TIME, "次", 300, {"measure": "oxygen"}),
    ("MEAS-IV", "静脉输液", _T.TREATMENT, _T.PER_TIME, "次", 800,
     {"upto": 20, "measure": "infusion"}),
)  # fmt: skip


def seed(db: Session, now: datetime, people: dict[str, int]) -> None:
    """Write what is missing; people are ids by staff number, those of admin's seed."""
    if db.scalars(select(PriceList.id).limit(1)).first() is not None:
        return
    tariff = _tariff(db, now, people["SF001"], people["CW001"])
    seed_history.write(db, now, people, tariff)
    _segment(db, now, people["SF001"])


def _tariff(db: Session, now: datetime, maker: int, approver: int) -> PriceList:
    made = PriceList(
        name="院前急救收费（示例）", doc_no="演示-2026-01", from_on=date(now.year - 1, 1, 1),
        maker_id=maker, approver_id=approver, approved_at=now, created_at=now, updated_at=now,
        state=price_pb2.PriceList.ACTIVE,
    )  # fmt: skip
    made.items = [*_services(), *_things(db)]
    for position, item in enumerate(made.items, 1):
        item.position, item.codes = position, codes(item.name, item.code)
    db.add(made)
    db.flush()
    return made


def _services() -> Iterator[PriceItem]:
    for code, name, group, basis, unit, fen, more in SERVICES:
        yield _item(code, name, group, basis, unit, fen, **more)


def _things(db: Session) -> Iterator[PriceItem]:
    """What is kept in stock and charged for, by the smallest unit."""
    chosen = select(Item).where(Item.chargeable, Item.retail_price > 0).order_by(Item.id)
    for item in db.scalars(chosen):
        prefix, group = _GROUPS.get(item.kind, _MATERIAL)
        code = re.sub("[^0-9A-Z-]", "", f"{prefix}-{item.code.upper()}")[:20]
        yield _item(
            code, item.name[:40], group, _T.PER_USE, item.base_unit, item.retail_price,
            spec=item.spec, item_id=item.id, national_code=item.nhsa_code,
            wuqi_code=item.nhsa_code5,
        )  # fmt: skip


def _item(
    code: str, name: str, group: int, basis: int, unit: str, fen: int, **more: Any
) -> PriceItem:
    values = {
        "per": 10, "step": 10, "rounding": _T.UP, "free": 0, "upto": 0, "least": 0, "cap": 0,
        "automatic": False, **more,
    }  # fmt: skip
    return PriceItem(code=code, name=name, group=group, basis=basis, unit=unit, price=fen, **values)


def _segment(db: Session, now: datetime, holder: int) -> None:
    """Two hundred numbers for the cashier of the demo day."""
    made = Segment(
        bill_code=f"310601{now:%y}", first_no=1001, last_no=1200, digits=8, holder_id=holder,
        next_no=1001, created_at=now, updated_at=now, state=segment_pb2.Segment.IN_USE,
    )  # fmt: skip
    made.describe()
    db.add(made)
