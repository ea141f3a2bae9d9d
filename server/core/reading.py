"""A service that shows records: List, Get, and how others find and name them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from google.protobuf.message import Message
from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from protos import facts
from protos.common.approval_pb2 import Decision
from protos.common.list_pb2 import Filter, IdRequest, ListInfo, ListRequest, RefName
from protos.common.lookup_pb2 import Hit
from protos.facts import Kind
from server.core import approval, masking, query, waiting
from server.core.call import Call
from server.core.db import Model
from server.core.errors import NotFound
from server.core.mapping import Mapping, mapping
from server.core.sealing import Sealed

M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Message)


class ReadService(Generic[M, P]):
    """Shows the rows of one table; ``CrudService`` also changes them."""

    model: type[M]
    message: type[P]
    page: type[Message]
    searches: ClassVar[Sequence[str]] = ()  # columns ListRequest.text and lookups look into
    display: ClassVar[str] = "name"  # how other records show this one
    code: ClassVar[str] = ""  # its code or number, shown in lookups
    details: ClassVar[Sequence[str]] = ()  # what else a lookup shows

    @property
    def mapping(self) -> Mapping:
        """The compiled mapping between model and message."""
        return mapping(self.model, self.message)

    # What a subclass may say -------------------------------------------------------------

    def makers(self, verb: str) -> Sequence[Any]:
        """Who may not do a deciding verb because it is about their own work: columns of ids."""
        return ()

    def turn(self, call: Call, verb: str) -> ColumnElement[bool]:
        """What else holds of the rows on which the user may do a deciding verb."""
        return true()

    def visible(self, call: Call) -> Select[M]:
        """The rows this user may see; everything starts here."""
        return select(self.model)

    def selectable(self, call: Call) -> Select[M]:
        """The rows a lookup offers; subclasses leave out disabled ones."""
        return self.visible(call)

    def condition(self, call: Call, asked: Filter) -> ColumnElement[bool]:
        """The SQL of one filter; subclasses answer for fields no column holds."""
        return query.condition(self.mapping, asked)

    def complete(self, call: Call, messages: Sequence[P]) -> None:
        """Fill fields that no column holds; asked once for all rows of an answer."""

    def opened(self, call: Call, record_ids: Collection[int]) -> Collection[int]:
        """Those of the records whose personal data this user sees unmasked; asked once a call."""
        return record_ids if call.user.may(masking.PERMISSION) else ()

    def refuse_print(self, call: Call, record: M, printed: int) -> None:
        """Refuse a further print of a record printed so often; raises BusinessError."""

    def decisions(self, call: Call, record: M) -> list[Decision]:
        """Who approved or returned a record, the oldest first, as its printed form says."""
        kind = call.app.registry.name_of(type(self))
        return [approval.message(each) for each in approval.decisions_on(call.db, kind, record.id)]

    # RPCs --------------------------------------------------------------------------------

    def List(self, call: Call, request: ListRequest) -> Message:
        """One page of the rows that match, with totals when asked."""
        base = self._matching(call, request)
        size = query.limit(request)
        ordered, extra = query.ordered(base, self.mapping, request)
        columns = [self.model.id, *self.mapping.columns]
        chosen = ordered.with_only_columns(*columns, *extra).limit(size + 1)
        rows = call.db.execute(chosen).all()
        messages = self.mapping.rows(rows[:size])
        self._finish(call, messages)
        info = ListInfo(names=self.names_in(call, messages))
        if len(rows) > size:
            last = rows[size - 1]
            info.next = query.cursor(last[len(last) - len(extra) :], last[0])
        if request.totals:
            self._add_totals(call, base, info)
        return self.page(rows=messages, info=info)

    def Get(self, call: Call, request: IdRequest) -> P:
        """One record, whole."""
        return self.answer(call, self.find(call, request.id))

    # For verbs ---------------------------------------------------------------------------

    def find(self, call: Call, record_id: int, *, lock: bool = False) -> M:
        """The record of that id if this user may see it; raises NotFound."""
        chosen = self.visible(call).where(self.model.id == record_id)
        if lock:
            chosen = chosen.with_for_update(of=self.model)
        record = call.db.scalars(chosen).first()
        if record is None:
            raise NotFound("记录不存在，或不在您的管理范围内")
        return record

    def answer(self, call: Call, record: M) -> P:
        """The record as a message, complete and masked as this user may see it."""
        message: P = self.mapping.to_message(record)  # type: ignore[assignment]
        self._finish(call, [message])
        return message

    # For lookups and names ---------------------------------------------------------------

    def names(self, call: Call, record_ids: Iterable[int]) -> dict[int, str]:
        """What the records of those ids are called; unknown ids are left out."""
        wanted = sorted(set(record_ids))
        shown = self._shown(self.display)
        rows = call.db.execute(select(self.model.id, shown).where(self.model.id.in_(wanted)))
        return {row[0]: self._display(row[0], row[1]) for row in rows}

    def hits(self, call: Call, text: str, limit: int, used: Sequence[int] = ()) -> list[Hit]:
        """The records a typed text may mean, the best first: named exactly, much used, close.

        ``used`` are the ids the user chose most often, the most often first.
        """
        columns = [getattr(self.model, name) for name in self.searches]
        chosen = self.selectable(call)
        near: list[Any] = []
        if text.strip() and columns:
            chosen = chosen.where(query.finds(text, columns))
            near = [query.closeness(text, columns), *self._shortest()]
        ranked = chosen.order_by(*near, self.model.id).limit(limit)
        found = {record.id: record for record in call.db.scalars(ranked)}
        often = {at: place for place, at in enumerate(used)}
        for record in call.db.scalars(chosen.where(self.model.id.in_(used))) if used else ():
            found.setdefault(record.id, record)
        hits = [self._hit(record, text) for record in found.values()]
        hits.sort(key=lambda hit: (not hit.exact, often.get(hit.id, len(often))))
        return hits[:limit]

    def numbered(self, call: Call, text: str, limit: int) -> list[Hit]:
        """The records this user may see whose number begins so, the newest first."""
        columns = [getattr(self.model, name) for name in {self.code, self.display} if name]
        columns = [each for each in columns if not _is_sealed(each) and _is_number(each.key)]
        if not columns:
            return []
        begins = or_(*(column.istartswith(text, autoescape=True) for column in columns))
        chosen = self.visible(call).where(begins).order_by(self.model.id.desc()).limit(limit)
        return [self._hit(record, text) for record in call.db.scalars(chosen)]

    def _shortest(self) -> list[Any]:
        shown = getattr(self.model, self.display)
        return [] if _is_sealed(shown) else [func.length(shown)]

    def names_in(self, call: Call, messages: Sequence[Message]) -> list[RefName]:
        """The names of every record the messages refer to; one query for each service."""
        wanted: dict[str, set[int]] = {}
        for field, service in _references(self.message):
            ids = {getattr(message, field) for message in messages} - {0}
            wanted.setdefault(service, set()).update(ids)
        return call.app.registry.ref_names(call, wanted)

    # Inside ------------------------------------------------------------------------------

    def _matching(self, call: Call, request: ListRequest) -> Select[Any]:
        chosen: Select[Any] = self.visible(call)
        if request.waiting:
            chosen = chosen.where(waiting.condition(call, self))
        for asked in request.filters:
            chosen = chosen.where(self.condition(call, asked))
        if request.text.strip():
            columns = [getattr(self.model, name) for name in self.searches]
            chosen = chosen.where(query.matches(request.text, columns))
        return chosen

    def _add_totals(self, call: Call, base: Select[Any], info: ListInfo) -> None:
        summed = [e.name for e in self.mapping.column_values if facts.of_field(e.field).total]
        columns = [func.sum(getattr(self.model, name)) for name in summed]
        row = call.db.execute(base.with_only_columns(func.count(self.model.id), *columns)).one()
        info.count = row[0]
        for name, value in zip(summed, row[1:], strict=True):
            info.totals[name] = int(value or 0)

    def _finish(self, call: Call, messages: Sequence[Any]) -> None:
        self.complete(call, messages)
        if not messages or not _personal(self.message):
            return
        opened = set(self.opened(call, [message.id for message in messages]))
        for message in messages:
            if message.id in opened:
                call.personal_reads.append(message.id)
            else:
                masking.mask_message(message)

    def _shown(self, name: str) -> Any:
        attribute = getattr(self.model, name)
        return getattr(self.model, attribute.column) if _is_sealed(attribute) else attribute

    def _display(self, record_id: int, value: Any) -> str:
        attribute: Any = getattr(self.model, self.display)
        text = attribute.open(record_id, value) if _is_sealed(attribute) else str(value or "")
        field = self.message.DESCRIPTOR.fields_by_name.get(self.display)
        personal = facts.of_field(field).personal if field else 0
        return masking.mask(personal, text) if personal else text

    def _hit(self, record: M, text: str) -> Hit:
        detail = " ".join(str(getattr(record, name) or "") for name in self.details)
        code = str(getattr(record, self.code) or "") if self.code else ""
        return Hit(
            id=record.id,
            text=self._display(record.id, getattr(record, self._shown(self.display).key)),
            code=code,
            detail=detail.strip(),
            exact=self._names_exactly(record, text.strip().lower()),
        )

    def _names_exactly(self, record: M, text: str) -> bool:
        """Whether the text is a code or number of the record, or its whole name."""
        for name in self.searches:
            held = str(getattr(record, name) or "").lower()
            # Among codes, a word of letters alone is only a spelling that others share.
            spelt = text.isascii() and text.isalpha()
            if text and (held == text or (name == "codes" and not spelt and text in held.split())):
                return True
        return False


def _is_number(name: str) -> bool:
    return name.endswith(("number", "_no", "code"))


def _is_sealed(attribute: object) -> bool:
    return isinstance(attribute, Sealed)


def _references(message: type[Message]) -> list[tuple[str, str]]:
    return [
        (field.name, facts.of_field(field).ref)
        for field in facts.fields(message.DESCRIPTOR)
        if facts.kind(field) is Kind.REF and not field.is_repeated
    ]


def _personal(message: type[Message]) -> bool:
    return any(facts.of_field(f).personal for f in facts.fields(message.DESCRIPTOR))
