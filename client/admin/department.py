"""The page of the departments."""

from client.core.page import Page
from protos.admin import department_pb2 as pb

departments = Page(
    title="部门管理",
    service=pb.DESCRIPTOR.services_by_name["DepartmentService"],
    filters=["code", "name", "kind", "parent_id", "state"],
    columns=[
        "code", "name", "short_name", "kind", "parent_id", "phone", "duty_phone", "address",
        "sort", "state",
    ],
    form=[
        ["code", "name"],
        ["short_name", "kind"],
        ["parent_id", "sort"],
        ["phone", "duty_phone"],
        ["address"],
    ],
    actions=["Disable", "Enable"],
    sticky=["kind", "parent_id"],
    icon="tree-structure",
)  # fmt: skip
