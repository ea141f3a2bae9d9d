"""The organisation as one tree."""

from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.admin import department_pb2 as pb
from server.core.call import Call
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Invalid


class Department(Record):
    """One node of the tree; ``path`` holds the ids from the root to itself, ``/1/7/42/``."""

    __tablename__ = "admin_department"

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    short_name: Mapped[str] = mapped_column(String(20), default="")
    kind: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("admin_department.id"), index=True)
    address: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    duty_phone: Mapped[str] = mapped_column(String(20), default="")
    sort: Mapped[int] = mapped_column(default=0)
    state: Mapped[int] = mapped_column(default=pb.Department.ACTIVE)
    path: Mapped[str] = mapped_column(String(400), index=True)
    codes: Mapped[str] = mapped_column(String(400), default="")


class DepartmentService(CrudService[Department, pb.Department]):
    """Keeps the tree."""

    model = Department
    message = pb.Department
    page = pb.DepartmentList
    searches = ("codes", "code")
    code = "code"

    def selectable(self, call: Call) -> Select[Department]:
        """Departments in use."""
        return select(Department).where(Department.state == pb.Department.ACTIVE)

    def check(self, call: Call, record: Department) -> None:
        """A parent is not below its child; a moved node takes what is below along."""
        parent = call.db.get(Department, record.parent_id) if record.parent_id else None
        if parent is not None and f"/{record.id}/" in parent.path:
            raise Invalid.at("parent_id", "上级不能是自己或自己的下级，请另选")
        before = record.path
        record.path = f"{parent.path if parent else '/'}{record.id}/"
        record.codes = codes(record.name, record.short_name, record.code)
        if before and before != record.path:
            self._move(call, before, record.path)

    def _move(self, call: Call, before: str, after: str) -> None:
        below = select(Department).where(Department.path.startswith(before))
        for child in call.db.scalars(below):
            child.path = after + child.path.removeprefix(before)

    def Disable(self, call: Call, request: pb.Department) -> pb.Department:
        """Take a department out of use; refused while something below it is in use."""
        department = self.load(call, request)
        below = select(Department.id).where(
            Department.parent_id == department.id, Department.state == pb.Department.ACTIVE
        )
        if call.db.scalars(below.limit(1)).first():
            raise BusinessError("还有启用的下级部门，请先停用或移走它们")
        return self.save(call, department)

    def Enable(self, call: Call, request: pb.Department) -> pb.Department:
        """Take a department into use again."""
        return self.save(call, self.load(call, request))
