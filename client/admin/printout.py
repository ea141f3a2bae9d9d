"""The page of the print log."""

from client.core.page import Page
from protos.admin import printout_pb2 as pb

printouts = Page(
    title="打印记录",
    service=pb.DESCRIPTOR.services_by_name["PrintoutService"],
    filters=[
        "printed_at", "number", "document", "user_name", "department_id", "queue", "workstation",
        "state",
    ],
    columns=[
        "printed_at", "document", "number", "print_no", "copies", "user_name", "department_id",
        "queue", "state", "result", "reason", "template", "workstation",
    ],
    form=[
        ["document", "number"],
        ["printed_at", "print_no", "copies"],
        ["staff_no", "user_name", "department_id"],
        ["workstation", "queue"],
        ["template", "job"],
        ["reason"],
        ["state", "finished_at"],
        ["result"],
        ["digest"],
    ],
    icon="printer",
)  # fmt: skip
