"""The page of the deputies: who approves in place of whom, and until when."""

from typing import Any

from client.core import dates
from client.core.page import Page
from protos.admin import deputy_pb2 as pb


def _started(record: Any) -> None:
    record.from_on = dates.today().isoformat()


deputies = Page(
    title="审批代理",
    service=pb.DESCRIPTOR.services_by_name["DeputyService"],
    filters=["principal_id", "deputy_id", "from_on", "until_on", "state"],
    columns=[
        "number", "principal_id", "deputy_id", "from_on", "until_on", "reason", "state",
        "ended_reason",
    ],
    form=[
        ["principal_id", "deputy_id"],
        ["from_on", "until_on"],
        ["reason"],
        ["ended_reason"],
    ],
    actions=["End"],
    defaults=_started,
    icon="users",
)  # fmt: skip
