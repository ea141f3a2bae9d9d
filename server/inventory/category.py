"""The tree items are sorted into."""

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.common.list_pb2 import Empty, IdRequest
from protos.inventory import category_pb2 as pb
from server.core.call import Call
from server.core.codes import codes
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Invalid


class Category(Record):
    """One node of the tree; ``path`` holds the ids from the root to itself, ``/1/7/``."""

    __tablename__ = "inventory_category"

    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("inventory_category.id"), index=True)
    sort: Mapped[int] = mapped_column(default=0)
    expiry_managed: Mapped[bool] = mapped_column(default=False)
    chargeable: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str] = mapped_column(String(100), default="")
    trace_required: Mapped[bool] = mapped_column(default=False)
    inspected: Mapped[bool] = mapped_column(default=False)  # goods wait for inspection
    control: Mapped[int] = mapped_column(default=0)
    markup: Mapped[int] = mapped_column(default=0)  # per cent, two decimals
    full_name: Mapped[str] = mapped_column(String(200), default="")
    path: Mapped[str] = mapped_column(String(400), default="")
    codes: Mapped[str] = mapped_column(String(400), default="")


def place(category: Category, parent: Category | None) -> None:
    """Put a category under a parent; refused below itself."""
    if parent is not None and f"/{category.id}/" in parent.path:
        raise Invalid.at("parent_id", "上级不能是自己或自己的下级，请另选")
    category.path = f"{parent.path if parent else '/'}{category.id}/"
    above = f"{parent.full_name} / " if parent else ""
    category.full_name = f"{above}{category.name}"[-200:]
    category.codes = codes(category.name, category.code)


class CategoryService(CrudService[Category, pb.Category]):
    """Keeps the tree."""

    model = Category
    message = pb.Category
    page = pb.CategoryList
    searches = ("codes", "code")
    display = "full_name"
    code = "code"

    def check(self, call: Call, record: Category) -> None:
        """A category never stands below itself; what is below moves along."""
        before, named = record.path, record.full_name
        place(record, call.db.get(Category, record.parent_id) if record.parent_id else None)
        if before and (before, named) != (record.path, record.full_name):
            below = Category.path.startswith(before) & (Category.id != record.id)
            for child in call.db.scalars(select(Category).where(below).order_by(Category.path)):
                child.path = record.path + child.path.removeprefix(before)
                child.full_name = record.full_name + child.full_name.removeprefix(named)

    def Delete(self, call: Call, request: IdRequest) -> Empty:
        """Remove a category nothing is in."""
        from server.inventory.item import Item  # items refer to categories

        for column in (Category.parent_id, Item.category_id):
            if call.db.scalars(select(column).where(column == request.id).limit(1)).first():
                raise BusinessError("类别下还有下级或物资，请先移走再删除")
        return super().Delete(call, request)
