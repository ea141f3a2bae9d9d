"""Lists: filters, order and keyset pages over the columns a list sends."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

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


class Key(NamedTuple):
    """One column a list is ordered by."""

    column: Column
    field: FieldDescriptor
    descending: bool


def ordered(
    select: Select[Any], mapping: Mapping, request: ListRequest
) -> tuple[Select[Any], list[Column]]:
    """The select in the asked order, beginning behind the cursor; and the columns it orders by.

    What is equal is ordered by id, so that no row comes twice or never; empty values stand last.
    """
    identity: Column = getattr(mapping.model, "id")  # noqa: B009 - typed so
    keys = _keys(mapping, request)
    descending = request.descending if keys else True
    if request.cursor:
        select = select.where(_behind(keys, identity, descending, _cursor(request, keys)))
    elif request.offset:
        select = select.offset(request.offset)
    parts = [
        key.column.desc().nulls_last() if key.descending else key.column.asc().nulls_last()
        for key in keys
    ]
    last = identity.desc() if descending else identity.asc()
    return select.order_by(*parts, last), [key.column for key in keys]


def _keys(mapping: Mapping, request: ListRequest) -> list[Key]:
    asked = [(request.order_by, request.descending), (request.then_by, request.then_descending)]
    keys: list[Key] = []
    for name, descending in asked:
        if not name or name in [key.field.name for key in keys]:
            continue
        field = field_named(mapping, name)
        column = getattr(mapping.model, name)
        if isinstance(column, Sealed):
            raise Invalid.at(name, "加密保存的内容不能排序")
        keys.append(Key(column, field, descending))
    return keys


def _behind(
    keys: Sequence[Key], identity: Column, descending: bool, at: Sequence[Any]
) -> ColumnElement[bool]:
    """What comes after a row with these values and, last of them, this id."""
    if not keys:
        return identity < at[-1] if descending else identity > at[-1]
    column, value = keys[0].column, at[0]
    rest = _behind(keys[1:], identity, descending, at[1:])
    if value is None:  # among the empty ones, which stand last
        return and_(column.is_(None), rest)
    if len(keys) == 1 and keys[0].descending == descending:
        # One comparison, which an index can follow.
        pair, here = tuple_(column, identity), (value, at[-1])
        further: ColumnElement[bool] = pair < here if descending else pair > here
    else:
        beyond = column < value if keys[0].descending else column > value
        further = or_(beyond, and_(column == value, rest))
    return or_(further, column.is_(None)) if column.expression.nullable else further


def _cursor(request: ListRequest, keys: Sequence[Key]) -> list[Any]:
    try:
        *texts, last = json.loads(request.cursor)
        pairs = zip(keys, texts, strict=True)
        values = [None if text is None else _value(key.field, text) for key, text in pairs]
        return [*values, int(last)]
    except (ValueError, TypeError) as error:
        raise Invalid.at("cursor", "翻页位置无效，请重新查询") from error


def _value(field: FieldDescriptor, text: str) -> Any:
    return _parsed(field, text) if text else ""


def cursor(values: Sequence[Any], last: int) -> bytes:
    """Where the next page begins: behind these values of the ordering columns, and this id."""
    return json.dumps([*(_text(value) for value in values), last]).encode()


def _text(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


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
