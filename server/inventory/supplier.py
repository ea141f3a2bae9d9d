"""Who sells to us."""

from datetime import date

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.common.list_pb2 import IdRequest
from protos.inventory import supplier_pb2 as pb
from server.core.call import Call
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Record


class Supplier(Record):
    """A firm goods come from."""

    __tablename__ = "inventory_supplier"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    license_no: Mapped[str] = mapped_column(String(40), default="")
    license_until_on: Mapped[date | None]
    contact: Mapped[str] = mapped_column(String(30), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    address: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[int] = mapped_column(default=pb.Supplier.ACTIVE)
    codes: Mapped[str] = mapped_column(String(400), default="")


class SupplierService(CrudService[Supplier, pb.Supplier]):
    """Keeps the suppliers."""

    model = Supplier
    message = pb.Supplier
    page = pb.SupplierList
    searches = ("codes", "code")
    code = "code"

    def selectable(self, call: Call) -> Select[Supplier]:
        """Suppliers in use."""
        return select(Supplier).where(Supplier.state == pb.Supplier.ACTIVE)

    def check(self, call: Call, record: Supplier) -> None:
        """Lookup codes follow the name."""
        record.codes = codes(record.name, record.code)

    def Disable(self, call: Call, request: IdRequest) -> pb.Supplier:
        """Buy no more from a supplier."""
        return self.save(call, self.load(call, request))

    def Enable(self, call: Call, request: IdRequest) -> pb.Supplier:
        """Buy from a supplier again."""
        return self.save(call, self.load(call, request))
