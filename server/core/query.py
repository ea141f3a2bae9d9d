"""Lists: filters, order and keyset pages over the columns a list sends."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from sqlalchemy import Select, and_, case, func, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from protos import facts
from protos.common.list_pb2 import Filter, ListRequest
from protos.facts import Kind
from server.core.db import Model
from server.core.errors import Invalid
from server.core.mapping import Mapping
from server.core.sealing import Sealed

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
Column = InstrumentedAttribute[Any]


def limit(request: ListRequest) -> int:
    """Rows of one page."""
    return min(request.limit or DEFAULT_LIMIT, MAX_LIMIT)


def field_named(mapping: Mapping, name: str) -> FieldDescriptor:
    """A field that may be filtered and sorted by; refused otherwise."""
    if name not in mapping.message.DESCRIPTOR.fields_by_name:
        raise Invalid.at(name, "不能按这一项查询或排序")
    field = facts.field_named(mapping.message.DESCRIPTOR, name)
    if not (facts.of_field(field).filter or name == "id"):
        raise Invalid.at(name, "不能按这一项查询或排序")
    return field


def condition(mapping: Mapping, asked: Filter) -> ColumnElement[bool]:
    """The SQL of one filter."""
    field = field_named(mapping, asked.field)
    attribute = getattr(mapping.model, asked.field)
    if isinstance(attribute, Sealed):
        return _sealed_condition(mapping.model, attribute, asked)
    if asked.op == Filter.EMPTY:
        return or_(attribute.is_(None), attribute == _nothing(field))
    if asked.op == Filter.NOT_EMPTY:
        return and_(attribute.is_not(None), attribute != _nothing(field))
    values = [_parsed(field, text) for text in asked.values]
    match asked.op:
        case Filter.EQ:
            return attribute.in_(values)
        case Filter.NE:
            return attribute.not_in(values)
        case Filter.BETWEEN:
            return _between(attribute, field, values)
        case Filter.CONTAINS | Filter.STARTS:
            if facts.kind(field) not in (Kind.TEXT, Kind.CODE) or not values:
                raise Invalid.at(field.name, f"{facts.label(field)}不能按文字片段查询")
            start = asked.op == Filter.STARTS
            return (
                attribute.startswith(values[0], autoescape=True)
                if start
                else attribute.contains(values[0], autoescape=True)
            )
        case _:
            raise Invalid.at(field.name, "没有这种查询方式")


def _sealed_condition(model: type[Model], sealed: Sealed, asked: Filter) -> ColumnElement[bool]:
    if asked.op not in (Filter.EQ, Filter.CONTAINS) or not hasattr(model, sealed.index):
        raise Invalid.at(asked.field, "加密保存的内容只能按完整的值查询")
    column: Column = getattr(model, sealed.index)
    return column.in_([sealed.blind(value) for value in asked.values])


def _between(attribute: Column, field: FieldDescriptor, values: list[Any]) -> ColumnElement[bool]:
    if len(values) != 2:
        raise Invalid.at(field.name, f"{facts.label(field)}的范围要有起止两个值")
    low, high = values
    parts = []
    if low is not None:
        parts.append(attribute >= low)
    if high is not None:
        parts.append(attribute <= high)
    return and_(True, *parts)


def _nothing(field: FieldDescriptor) -> Any:
    return {Kind.TEXT: "", Kind.CODE: "", Kind.BOOL: False}.get(facts.kind(field))


def _parsed(field: FieldDescriptor, text: str) -> Any:
    if text == "":
        return None
    try:
        match facts.kind(field):
            case Kind.TIME:
                return datetime.fromisoformat(text)
            case Kind.DATE:
                return date.fromisoformat(text)
            case Kind.ENUM:
                assert field.enum_type is not None
                return field.enum_type.values_by_name[text].number
            case Kind.BOOL:
                return text.lower() in ("true", "1")
            case Kind.INTEGER | Kind.REF:
                return int(text)
            case Kind.DECIMAL:
                return float(text)
            case _:
                return text
    except (ValueError, KeyError) as error:
        raise Invalid.at(field.name, f"{facts.label(field)}的查询值不对：{text}") from error


def ordered(
    select: Select[Any], mapping: Mapping, request: ListRequest
) -> tuple[Select[Any], Column | None]:
    """The select in the asked order, beginning behind the cursor; and the column it orders by."""
    identity: Column = getattr(mapping.model, "id")  # noqa: B009 - typed so
    if not request.order_by:
        if request.cursor:
            select = select.where(identity < _cursor(request)[1])
        return select.order_by(identity.desc()), None
    field = field_named(mapping, request.order_by)
    column = getattr(mapping.model, request.order_by)
    if isinstance(column, Sealed):
        raise Invalid.at(request.order_by, "加密保存的内容不能排序")
    if request.cursor:
        select = select.where(_behind(column, identity, field, request))
    if request.descending:
        return select.order_by(column.desc().nulls_last(), identity.desc()), column
    return select.order_by(column.asc().nulls_last(), identity.asc()), column


def _behind(
    column: Column, identity: Column, field: FieldDescriptor, request: ListRequest
) -> ColumnElement[bool]:
    text, last = _cursor(request)
    after = identity < last if request.descending else identity > last
    if text is None:  # among the empty ones, which stand last
        return and_(column.is_(None), after)
    value = _parsed(field, text) if text else ""
    pair, here = tuple_(column, identity), (value, last)
    further = pair < here if request.descending else pair > here
    return or_(further, column.is_(None)) if column.expression.nullable else further


def _cursor(request: ListRequest) -> tuple[str | None, int]:
    try:
        text, last = json.loads(request.cursor)
        return text, int(last)
    except ValueError as error:
        raise Invalid.at("cursor", "翻页位置无效，请重新查询") from error


def cursor(value: Any, last: int) -> bytes:
    """Where the next page begins: behind this value and id."""
    if isinstance(value, (datetime, date)):
        value = value.isoformat()
    elif isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, int):
        value = str(value)
    return json.dumps([value, last]).encode()


def matches(text: str, columns: Sequence[Column]) -> ColumnElement[bool]:
    """Whether every word of the text stands in one of the columns.

    A column named ``codes`` is matched at the beginning of its words, in Chinese anywhere.
    """
    words = text.lower().split()
    return and_(True, *(or_(False, *(_match(word, c) for c in columns)) for word in words))


def _match(word: str, column: Column) -> ColumnElement[bool]:
    if column.key == "codes":
        begins = f" {word}" if word.isascii() else word
        return column.contains(begins, autoescape=True)
    return column.icontains(word, autoescape=True)


def finds(text: str, columns: Sequence[Column]) -> ColumnElement[bool]:
    """As ``matches``, and initials also from the middle of a name on."""
    words = text.lower().split()
    anywhere = [column.icontains for column in columns]
    return and_(True, *(or_(*(has(word, autoescape=True) for has in anywhere)) for word in words))


def closeness(text: str, columns: Sequence[Column]) -> ColumnElement[int]:
    """How well a row is meant by the first word: 0 it is one of its words, 1 begins one, 2 less."""
    word = next(iter(text.lower().split()), "")
    whole, begun = [], []
    for column in columns:
        if column.key == "codes":
            whole.append((column + " ").contains(f" {word} ", autoescape=True))
        else:
            whole.append(func.lower(column) == word)
        begun.append(_match(word, column))
    return case((or_(*whole), 0), (or_(*begun), 1), else_=2)
