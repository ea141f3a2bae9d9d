"""A Page: the arrangement of one record's screen, in words of the contract."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)
from google.protobuf.message import Message

from protos import facts


@dataclass(frozen=True)
class Lines:
    """The line grid of a header-and-lines document: which repeated field, which columns."""

    field: str
    columns: Sequence[str]
    scan: str = ""  # the column a scanned code fills; scanning adds a line or one to its quantity
    trace: str = ""  # the column that gathers scanned trace codes of the current line
    fixed: bool = False  # cells may be entered, lines neither added nor taken out
    offered: bool = False  # fixed lines to choose from: those in which nothing is entered fall away


@dataclass(frozen=True)
class Sheet:
    """An import of a spreadsheet: the RPC, the fields asked once, the columns by path in a row.

    The request has `dry_run` and `rows`; the answer `made` and `faults` (row, field, text).
    """

    method: MethodDescriptor
    columns: Sequence[str]
    asks: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """Title, columns, filters, form rows, lines and actions of one service's records.

    Labels, limits, permissions and states are the contract's; nothing here repeats them.
    """

    title: str
    service: ServiceDescriptor
    columns: Sequence[str]
    filters: Sequence[str] = ()
    form: Sequence[Sequence[str]] = ()
    lines: Sequence[Lines] = ()
    actions: Sequence[str] = ()
    tools: Sequence[str] = ()  # verbs that name no record
    widgets: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    print_form: Callable[[Any, Any], bytes] | None = None  # (record, PrintMeta) -> PDF
    group: str = ""  # heading in the navigation; the area's name if empty
    sticky: Sequence[str] = ()  # fields "save and new" keeps, unless the user pins others
    remembered: Sequence[str] = ()  # fields a new record takes from the user's last one
    me: Sequence[str] = ()  # fields of a new record that name the user
    defaults: Callable[[Message], None] | None = None  # fills a new record before it is shown
    view: Callable[..., Any] | None = None  # a PageView subclass or any widget factory
    dialog: Callable[..., Any] | None = None  # a FormDialog subclass
    sheet: Sheet | None = None  # what may be taken over from a spreadsheet
    icon: str = ""  # a qtawesome name

    @cached_property
    def record(self) -> Descriptor:
        """The message one row and the form show."""
        record = facts.record_of(self.service)
        assert record is not None, f"{self.service.full_name} keeps no record"
        return record

    def method(self, name: str) -> MethodDescriptor:
        """The RPC of that name; KeyError if the service has none."""
        return self.service.methods_by_name[name]

    def offers(self, name: str) -> bool:
        """Whether the service has that RPC."""
        return name in self.service.methods_by_name

    def field_of(self, name: str) -> FieldDescriptor:
        """A field of the record."""
        return self.record.fields_by_name[name]

    @property
    def permission(self) -> str:
        """What a user needs to see the page."""
        return facts.of_rpc(self.method("List")).permission
