"""The log of what left the system: every list written into a file or shown as printed pages."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from protos import facts
from protos.common import export_pb2 as pb
from protos.common import options_pb2 as options
from protos.common.list_pb2 import Empty, Filter, ListRequest
from server.core.call import About, Call
from server.core.errors import Forbidden
from server.core.masking import is_masked, mask
from server.core.registry import may_list

_SIGNS = {
    Filter.EQ: "：", Filter.NE: " 不是 ", Filter.CONTAINS: " 含 ",
    Filter.STARTS: " 开头为 ", Filter.EMPTY: " 为空", Filter.NOT_EMPTY: " 不为空",
}  # fmt: skip


class ExportService:
    """Open to whoever may list the records."""

    contract = pb.DESCRIPTOR

    def Register(self, call: Call, request: pb.ExportRequest) -> Empty:
        """Leave the audit row; only then does the client hand out the rows."""
        records = call.app.registry.records(request.service)
        if not may_list(call, request.service):
            raise Forbidden("没有权限导出这类记录")
        field = facts.field_named(request.DESCRIPTOR, "format")
        detail: dict[str, Any] = {
            "页面": request.page,
            "查询条件": in_words(request.asked, records.message.DESCRIPTOR),
            "条数": request.rows,
            "格式": facts.value_label(field, request.format),
            "导出编号": request.mark,
        }
        if request.digest:
            detail["内容摘要（SM3）"] = request.digest
        call.about = About(request.service, detail)
        return Empty()


def in_words(asked: ListRequest, record: Descriptor) -> str:
    """What a list was asked for, as people read it; of persons only the mask."""
    return "，".join(_parts(asked, record)) or "全部"


def _parts(asked: ListRequest, record: Descriptor) -> Iterator[str]:
    if asked.text:
        personal = any(is_masked(field) for field in facts.fields(record))
        yield f"“{mask(options.NAME, asked.text) if personal else asked.text}”"
    if asked.waiting:
        yield "待我办理"
    for each in asked.filters:
        field = record.fields_by_name.get(each.field)
        label = facts.label(field) if field is not None else each.field
        values = [_shown(field, value) for value in each.values]
        if each.op == Filter.BETWEEN:
            yield f"{label} 从 {' 到 '.join(value or '…' for value in values)}"
        else:
            yield f"{label}{_SIGNS[each.op]}{'、'.join(values)}"


def _shown(field: FieldDescriptor | None, value: str) -> str:
    """One value: a state by its label, of a person only the mask."""
    if field is None:
        return value
    if field.enum_type is not None and value in field.enum_type.values_by_name:
        return facts.value_label(field, field.enum_type.values_by_name[value].number) or value
    return mask(facts.of_field(field).personal, value) if is_masked(field) else value
