"""What a new record takes over: kept fields, last values, copies of documents, templates."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from client.core import values
from client.core.fields import CODE_NAMES
from client.core.page import Page
from client.core.pinyin import matches
from client.core.settings import Settings
from protos import facts
from protos.facts import Kind

TEMPLATES_MOST = 50


class Template(NamedTuple):
    """A frequent document: its short code, what it is called, and its content as JSON."""

    code: str
    name: str
    content: dict[str, Any]


class Repeats:
    """What one user repeats on one page; kept in the settings."""

    def __init__(self, page: Page, settings: Settings) -> None:
        self._page, self._settings = page, settings
        self._name = page.service.full_name

    # Kept by "save and new"

    @property
    def pinned(self) -> list[str]:
        """Fields the user, or else the page, keeps for the next record."""
        chosen = self._settings.value(f"sticky.{self._name}")
        known = self._page.record.fields_by_name
        return [name for name in (self._page.sticky if chosen is None else chosen) if name in known]

    def toggle(self, name: str) -> bool:
        """Keep a field from now on, or no longer; answers which."""
        pinned = self.pinned
        kept = name not in pinned
        pinned = [*pinned, name] if kept else [each for each in pinned if each != name]
        self._settings.set(f"sticky.{self._name}", pinned)
        return kept

    def keep(self, old: Message, new: Message) -> None:
        """Put the kept fields of the record just saved into the next."""
        for name in self.pinned:
            field = self._page.field_of(name)
            values.write_any(new, field, values.read_any(old, field))

    # Last values

    def remember(self, record: Message) -> None:
        """Note the page's remembered fields of a record the user saved."""
        if self._page.remembered:
            last = _json(_only(record, self._page.remembered))
            self._settings.set(f"last.{self._name}", last)

    def fill(self, new: Message) -> None:
        """Put the last values where the defaults left a field empty."""
        last = type(new)()
        _parse(self._settings.value(f"last.{self._name}", {}), last)
        for name in self._page.remembered:
            field = self._page.field_of(name)
            if values.read_any(last, field) and not values.read_any(new, field):
                values.write_any(new, field, values.read_any(last, field))

    # Copies and templates

    def copy(self, record: Message, new: Message) -> None:
        """Put into new what may be taken from another document, lines too."""
        lines = {each.field: each.columns for each in self._page.lines}
        for name in {name for row in self._page.form for name in row}:
            field = self._page.field_of(name)
            if may_copy(field):
                values.write_any(new, field, values.read_any(record, field))
        for name, columns in lines.items():
            for line in getattr(record, name):
                target = getattr(new, name).add()
                for field in _line_fields(self._page.field_of(name), columns):
                    values.write_any(target, field, values.read_any(line, field))

    @property
    def templates(self) -> list[Template]:
        """The user's templates of this page, in the order they were made."""
        return [Template(*each) for each in self._settings.value(f"templates.{self._name}", [])]

    def find(self, typed: str) -> list[Template]:
        """Templates whose code begins so, or whose name is meant."""
        wanted = typed.strip().lower()
        found = [
            each
            for each in self.templates
            if each.code.lower().startswith(wanted) or matches(each.name, wanted)
        ]
        return sorted(found, key=lambda each: each.code.lower() != wanted)

    def save(self, code: str, name: str, record: Message) -> None:
        """Keep a document as a template, without numbers, dates and personal data."""
        content = type(record)()
        self.copy(record, content)
        kept = [each for each in self.templates if each.code != code][: TEMPLATES_MOST - 1]
        self._store([*kept, Template(code, name, _json(content))])

    def drop(self, code: str) -> None:
        """Forget a template."""
        self._store([each for each in self.templates if each.code != code])

    def apply(self, template: Template, new: Message) -> None:
        """Put a template's content into a new record; what no longer exists is left out."""
        content = type(new)()
        _parse(template.content, content)
        self.copy(content, new)

    def _store(self, templates: list[Template]) -> None:
        self._settings.set(f"templates.{self._name}", [list(each) for each in templates] or None)


def may_copy(field: FieldDescriptor) -> bool:
    """Whether a copy takes a field over: never numbers, dates, times, people's data, states."""
    fact = facts.of_field(field)
    kind = facts.kind(field)
    if fact.read_only or fact.personal or kind in (Kind.DATE, Kind.TIME, Kind.BYTES):
        return False
    return not (kind is Kind.TEXT and field.name.endswith(CODE_NAMES))


def _line_fields(lines: FieldDescriptor, columns: Any) -> Iterator[FieldDescriptor]:
    assert lines.message_type is not None
    for name in columns:
        field = lines.message_type.fields_by_name[name]
        if may_copy(field):
            yield field


def _only(record: Message, names: Any) -> Message:
    made = type(record)()
    for name in names:
        field = facts.field_named(record.DESCRIPTOR, name)
        values.write_any(made, field, values.read_any(record, field))
    return made


def _json(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return made


def _parse(content: dict[str, Any], message: Message) -> None:
    json_format.ParseDict(content, message, ignore_unknown_fields=True)
