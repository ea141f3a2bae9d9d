"""What the demo's doctors may hold, the levels of its stores, its prices."""

from collections.abc import Sequence

from sqlalchemy import select

from protos.inventory import (
    item_pb2,
    role_item_pb2,
)
from server.admin.role import Role
from server.core.numbering import shanghai_date
from server.inventory.price_adjustment import (
    PriceAdjustment,
    PriceAdjustmentService,
    PriceLine,
)
from server.inventory.role_item import RoleItem
from server.inventory.seed_bills import Days
from server.inventory.seed_items import SAMPLES
from server.inventory.stock_level import StockLevel

BOUND = (  # to the doctors' role: start of the name, most, per request
    ("盐酸肾上腺素", 20, 10), ("硫酸阿托品", 20, 10), ("盐酸胺碘酮", 12, 6), ("地西泮", 8, 4),
    ("盐酸吗啡", 6, 5), ("枸橼酸芬太尼", 6, 4), ("0.9%氯化钠", 24, 12),
    ("一次性使用静脉留置针", 50, 20), ("旋压式止血带", 6, 2),
)  # fmt: skip


def bound(days: Days) -> bool:
    """What doctors may request and hold; nothing where the people came without their roles."""
    role = days.db.scalars(select(Role).where(Role.code == "doctor")).first()
    if role is None:
        return False
    keeper = days.call("KG001", 6)
    own = [(sample.name, 0, 0) for sample in SAMPLES if sample.own]
    done: set[int] = set()
    for start, most, each in (*BOUND, *own):
        item = days.named(start)
        if item.id in done:
            continue
        done.add(item.id)
        assert item.state == item_pb2.Item.ACTIVE
        days.db.add(
            RoleItem(
                role_id=role.id, item_id=item.id, can_request=True, can_hold=True, can_use=True,
                most=most, least=most // 4, per_request=each, per_month=most * 5,
                from_on=shanghai_date(keeper.now),
                state=role_item_pb2.RoleItem.BOUND, created_at=keeper.now, updated_at=keeper.now,
            )
        )  # fmt: skip
    return True


def levelled(days: Days) -> None:
    """What the centre and a station should hold; some are short, one has too much."""
    keeper = days.call("KG001", 6)
    for store in (days.stores["ZXK"], days.stores["PDK"]):
        central = store is days.stores["ZXK"]
        held = {sample.name: sample.centre if central else sample.station for sample in SAMPLES}
        for at, (name, planned) in enumerate(held.items()):
            if not planned:
                continue
            most = planned * (5, 6, 8, 3)[at % 4] // 4
            days.db.add(
                StockLevel(
                    warehouse_id=store.id, item_id=days.items[name].id, most=most,
                    least=most // 5, reorder=most * (9 if at % 7 == 2 else 3) // 10,
                    standard=most * 4 // 5, place=f"{'ABCD'[at % 4]}-{at // 4 + 1:02d}",
                    lead_days=2, period_days=7, created_at=keeper.now, updated_at=keeper.now,
                )
            )  # fmt: skip


def priced(days: Days) -> None:
    """New prices in force, and others that wait for approval."""
    keeper, head = days.call("KG001", 6), days.call("KG002", 6)
    old = _adjustment(days, "年度供货协议", ("医用纱布敷料", "医用弹力绷带", "一次性颈托"))
    days.posted(keeper, head, PriceAdjustmentService(), old)
    new = _adjustment(days, "带量采购第十批中选价", ("盐酸纳洛酮", "呋塞米", "甘露醇"))
    days.submitted(days.call("KG001", 1), PriceAdjustmentService(), new)


def _adjustment(days: Days, basis: str, starts: Sequence[str]) -> PriceAdjustment:
    """Nine tenths of the prices that hold."""
    items = [days.named(start) for start in starts]
    lines = [PriceLine(item_id=i.id, item=i, new_price=i.retail_price * 9 // 10) for i in items]
    return PriceAdjustment(basis=basis, remark="", lines=lines)
