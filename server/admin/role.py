"""Roles: what a group of people may do, and how far they see."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from sqlalchemy import JSON, LargeBinary, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from crypto import sm3
from protos.admin import role_pb2 as pb
from server.admin import duties
from server.admin.policy import role_mac
from server.admin.rights import RIGHTS
from server.core import masking
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import Invalid

ADMINISTRATORS = (pb.Role.SYSTEM, pb.Role.SECURITY, pb.Role.AUDIT)


class Role(Record):
    """A named set of permissions with a data scope."""

    __tablename__ = "admin_role"

    code: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[int]
    scope: Mapped[int]
    permissions: Mapped[list[str]] = mapped_column(JSON(), default=list)
    remark: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[int] = mapped_column(default=pb.Role.ACTIVE)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))

    def seal(self) -> None:
        """Make the MAC fit what the role grants now."""
        self.mac = self._true_mac()

    def is_genuine(self) -> bool:
        """Whether the row is as this program wrote it."""
        return sm3.equal(self.mac, self._true_mac())

    def _true_mac(self) -> bytes:
        return role_mac(self.id, self.kind, self.scope, self.state, self.permissions)


_OWNED: dict[int, tuple[str, ...]] = {
    pb.Role.SYSTEM: (
        "admin.person.read", "admin.person.write", "admin.person.key",
        "admin.department.*", "admin.setting.*", "admin.dictionary.*",
        "inventory.role_item.*", "inventory.warehouse.*",  # who may hold what, and where
    ),
    pb.Role.SECURITY: (
        "admin.role.*", "admin.permission.*", "admin.login.*", "admin.person.read",
        "admin.person.grant", "admin.department.read", "admin.deputy.*", "admin.approval.*",
    ),
    pb.Role.AUDIT: (
        "admin.audit.*", "admin.login.read", "admin.person.read", "admin.printout.read",
    ),
}  # fmt: skip
_NEVER_BUSINESS = (
    "admin.role.write", "admin.person.grant", "admin.person.key", "admin.login.*", "admin.audit.*",
)  # fmt: skip


def refuse_mixed(kind: int, permissions: list[str]) -> None:
    """The three administrators hold no business rights, and business roles none of theirs.

    What the system administrator sets up for the stores moves no stock.
    """
    rights = [code for code in permissions if code != masking.PERMISSION]
    if kind == pb.Role.BUSINESS:
        if any(_fits(code, _NEVER_BUSINESS) for code in rights):
            raise Invalid.at("permissions", "业务角色不能含授权、密钥、登录记录或审计权限")
        return
    if any(not code.startswith("admin.") and not _fits(code, _OWNED[kind]) for code in rights):
        raise Invalid.at("permissions", "管理员角色不能含业务权限，请分成两个角色")
    if any(not _fits(code, _OWNED[kind]) for code in rights):
        raise Invalid.at("permissions", "系统、安全、审计三类管理权限不能放在同一角色")


def _fits(code: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(code, pattern) for pattern in patterns)


class RoleService(CrudService[Role, pb.Role]):
    """Keeps the roles; the security administrator's."""

    model = Role
    message = pb.Role
    page = pb.RoleList
    searches = ("name", "code")
    code = "code"

    def selectable(self, call: Call) -> Select[Role]:
        """Roles in use."""
        return select(Role).where(Role.state == pb.Role.ACTIVE)

    def check(self, call: Call, record: Role) -> None:
        """Every permission exists; duties stay separated."""
        unknown = set(record.permissions) - call.app.permissions
        if unknown:
            raise Invalid.at("permissions", f"没有这些权限：{'、'.join(sorted(unknown))}")
        refuse_mixed(record.kind, record.permissions)
        duties.refuse_conflicts(call, record.permissions, "permissions")
        record.permissions = sorted(set(record.permissions))

    def complete(self, call: Call, messages: Sequence[pb.Role]) -> None:
        """Say which duties in a role should be apart."""
        for message in messages:
            message.conflicts = duties.warning(call, message.permissions)

    def save(self, call: Call, record: Role, *, move: bool = True) -> pb.Role:
        """Seal what the role grants, then save."""
        if call.rpc.to_state:
            record.state = self.state(call.rpc.to_state)
        elif call.method.name == "Create":
            record.state = pb.Role.ACTIVE  # the column's default comes too late for the seal
        record.seal()
        call.after_commit.append(RIGHTS.forget)
        return super().save(call, record, move=move)

    def Disable(self, call: Call, request: pb.Role) -> pb.Role:
        """Nobody has the role's rights any more."""
        return self.save(call, self.load(call, request))

    def Enable(self, call: Call, request: pb.Role) -> pb.Role:
        """The role grants its rights again."""
        return self.save(call, self.load(call, request))
