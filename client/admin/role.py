"""The page of the roles: what each may do, chosen from the catalogue of permissions."""

from client.admin.permission_tree import PermissionTree
from client.core.page import Page
from protos.admin import role_pb2 as pb

roles = Page(
    title="角色管理",
    service=pb.DESCRIPTOR.services_by_name["RoleService"],
    filters=["name", "code", "kind", "scope", "state"],
    columns=["code", "name", "kind", "scope", "conflicts", "remark", "state"],
    form=[
        ["code", "name"],
        ["kind", "scope"],
        ["permissions"],
        ["conflicts"],
        ["remark"],
    ],
    actions=["Disable", "Enable"],
    widgets={"permissions": PermissionTree},
    icon="identification-badge",
)
