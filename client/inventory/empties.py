"""The pages of empty ampoules: handed in and received, and whether they add up."""

from typing import Any

from client.core import dates
from client.core.page import Page
from protos.inventory import empties_pb2
from resources.print.inventory import empties

_GROUP = "账簿与标签"
_SERVICES = empties_pb2.DESCRIPTOR.services_by_name


def _started(record: Any) -> None:
    record.business_on = dates.today().isoformat()


empties_returns = Page(
    title="空安瓿登记",
    service=_SERVICES["EmptiesService"],
    columns=[
        "number", "business_on", "person_id", "item_id", "lot_id", "quantity", "broken",
        "receiver_id", "received_at", "state",
    ],
    filters=["number", "business_on", "person_id", "item_id", "task_no", "receiver_id", "state"],
    form=[
        ["business_on", "task_no"],
        ["item_id", "lot_id"],
        ["quantity", "broken"],
        ["remark"],
        ["person_id", "receiver_id", "received_at"],
        ["returned_reason"],
    ],
    actions=["Receive", "Refuse", "Reopen", "Void"],
    defaults=_started,
    print_form=empties.draw,
    group=_GROUP,
    icon="recycle",
)  # fmt: skip

empties_balances = Page(
    title="空安瓿核对",
    service=_SERVICES["EmptiesBalanceService"],
    columns=[
        "business_on", "person_id", "item_id", "verdict", "words", "gap", "opening", "issued",
        "returned", "lost", "used", "closing", "empties", "broken", "pending",
    ],
    filters=["business_on", "person_id", "department_id", "item_id", "verdict", "gap"],
    group=_GROUP,
    icon="scales",
)  # fmt: skip
