"""Two people changed the lines of one document: merged line by line and cell by cell.

Lines are known by their ids. What only one side changed, added or took out is taken over; a cell
both changed differently, and a line one took out while the other changed it, is a clash.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from client.core import values
from protos import facts

REMOVED = "（已删除）"
EMPTY = "（空）"
GAP = " · "  # between the cells of a line
NAME_LETTERS = 14  # what a line is called by: its first cell, cut


class LineClash(NamedTuple):
    """A cell both changed, or a line that one took out and the other changed."""

    key: str  # lines[id].field, or lines[id] for the line as a whole
    label: str
    base: str
    theirs: str
    mine: str


class _Line(NamedTuple):
    """One stored line as each side left it; None: taken out."""

    id: int
    base: Any
    theirs: Any
    mine: Any

    @property
    def kept_by_one(self) -> Any:
        """The line as left by the only side that kept it; None if both or neither did."""
        return None if bool(self.theirs) == bool(self.mine) else self.theirs or self.mine

    @property
    def is_contested(self) -> bool:
        """Whether one side took it out while the other changed it."""
        kept = self.kept_by_one
        return kept is not None and bool(changed(self.base, kept))


def value_of(message: Message, field: FieldDescriptor) -> object:
    """What a field holds, to compare; None if it is not set."""
    if field.is_repeated:
        return list(getattr(message, field.name))
    absent = field.has_presence and not message.HasField(field.name)
    return None if absent else getattr(message, field.name)


def copy_field(source: Message, target: Message, field: FieldDescriptor) -> None:
    """Let the target hold in a field what the source holds."""
    target.ClearField(field.name)
    picked = type(source)()
    picked.CopyFrom(source)
    for other in source.DESCRIPTOR.fields:
        if other.name != field.name:
            picked.ClearField(other.name)
    target.MergeFrom(picked)


def changed(one: Message, other: Message) -> list[FieldDescriptor]:
    """The cells a user may change in which two states of a line differ."""
    return [
        field
        for field in facts.fields(values.descriptor(one))
        if field.name != "id"
        and not facts.of_field(field).read_only
        and value_of(one, field) != value_of(other, field)
    ]


def told(line: Message, names: values.Naming) -> str:
    """A line as people read it."""
    texts = [
        values.shown(line, field, names)
        for field in facts.fields(values.descriptor(line))
        if facts.of_field(field).label and (field.is_repeated or not facts.is_missing(line, field))
    ]
    return GAP.join(text for text in texts if text)


def by_lines(field: FieldDescriptor, base: Message, theirs: Message) -> bool:
    """Whether a field holds lines that both stored states know by id."""
    if field.message_type is None or not field.is_repeated:
        return False
    if "id" not in field.message_type.fields_by_name:
        return False
    stored = [[line.id for line in getattr(each, field.name)] for each in (base, theirs)]
    return all(0 not in ids and len(set(ids)) == len(ids) for ids in stored)


def clashes(
    field: FieldDescriptor, base: Message, theirs: Message, mine: Message, names: values.Naming
) -> list[LineClash]:
    """What the user has to decide in the lines."""
    places = {line.id: at for at, line in enumerate(getattr(base, field.name), 1)}
    found = []
    for line in _stored(field, base, theirs, mine):
        named = told(line.base, names).partition(GAP)[0][:NAME_LETTERS]
        where = f"{facts.label(field)}第{places[line.id]}行\n{named}".strip()
        if line.is_contested:
            states = (line.base, line.theirs, line.mine)
            texts = [told(each, names) if each else REMOVED for each in states]
            found.append(LineClash(_key(field, line), where, *texts))
        for cell in _contested(line):
            states = (line.base, line.theirs, line.mine)
            texts = [values.shown(each, cell, names) or EMPTY for each in states]
            label = f"{where}\n{facts.label(cell)}"
            found.append(LineClash(_key(field, line, cell), label, *texts))
    return found


def merged(
    field: FieldDescriptor, base: Message, theirs: Message, mine: Message, given: Collection[str]
) -> list[Message]:
    """The lines of both; of the clashes mine is kept but for the keys given to them."""
    stored = {line.id: line for line in _stored(field, base, theirs, mine)}
    result: list[tuple[Any, Message]] = []  # (what my lines know it by, the line)
    for line in getattr(theirs, field.name):
        if line.id not in stored:
            result.append((line.id, line))
        elif (kept := _kept(field, stored[line.id], given)) is not None:
            result.append((line.id, kept))
    known = {tag for tag, _ in result}
    spare = [line for line in getattr(theirs, field.name) if line.id not in stored]
    before: list[Any] = []
    for at, line in enumerate(getattr(mine, field.name)):
        tag = line.id or f"new{at}"
        if tag not in known and (added := _added(field, line, stored, spare, given)) is not None:
            result.insert(_place(result, before), (tag, added))
        before.append(tag)
    return [line for _, line in result]


def _stored(
    field: FieldDescriptor, base: Message, theirs: Message, mine: Message
) -> Iterator[_Line]:
    """Every line there was."""
    known = [{line.id: line for line in getattr(each, field.name)} for each in (theirs, mine)]
    for line in getattr(base, field.name):
        yield _Line(line.id, line, known[0].get(line.id), known[1].get(line.id))


def _contested(line: _Line) -> list[FieldDescriptor]:
    """Cells both changed, to different values."""
    if line.theirs is None or line.mine is None:
        return []
    both = {cell.name for cell in changed(line.base, line.theirs)}
    both &= {cell.name for cell in changed(line.theirs, line.mine)}
    return [cell for cell in changed(line.base, line.mine) if cell.name in both]


def _kept(field: FieldDescriptor, line: _Line, given: Collection[str]) -> Any:
    """A line they still have, with my changes; None if it goes."""
    if line.mine is None:
        return line.theirs if line.is_contested and _key(field, line) in given else None
    made = type(line.theirs)()
    made.CopyFrom(line.theirs)
    for cell in changed(line.base, line.mine):
        if _key(field, line, cell) not in given:
            copy_field(line.mine, made, cell)
    return made


def _added(
    field: FieldDescriptor,
    line: Any,
    stored: dict[int, _Line],
    spare: list[Any],
    given: Collection[str],
) -> Message | None:
    """What one of my lines adds to theirs: it is new, or they took it out and I changed it."""
    if line.id in stored:
        gone = stored[line.id]
        if gone.theirs is not None or not gone.is_contested or _key(field, gone) in given:
            return None
    elif (same := next((each for each in spare if _is_same(line, each)), None)) is not None:
        spare.remove(same)  # my own line, stored before its answer was lost
        return None
    made: Message = type(line)()
    made.CopyFrom(line)
    made.ClearField("id")
    return made


def _is_same(line: Message, other: Message) -> bool:
    """Whether everything entered in my new line stands in one of theirs."""
    return all(
        facts.is_missing(line, cell) and not cell.is_repeated for cell in changed(line, other)
    )


def _place(result: Sequence[tuple[Any, Message]], before: Sequence[Any]) -> int:
    """Behind the nearest of my lines before it; at the end if they have none of them."""
    tags = [tag for tag, _ in result]
    return next((tags.index(tag) + 1 for tag in reversed(before) if tag in tags), len(tags))


def _key(field: FieldDescriptor, line: _Line, cell: FieldDescriptor | None = None) -> str:
    return f"{field.name}[{line.id}]" + (f".{cell.name}" if cell else "")
