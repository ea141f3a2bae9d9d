"""A service that keeps records: create, update, delete, and load and save for business verbs."""

from datetime import timedelta
from typing import Any, TypeVar

from google.protobuf.message import Message

from protos import facts
from protos.common.list_pb2 import Empty, IdRequest
from protos.common.options_pb2 import RpcFacts
from server.core import masking
from server.core.call import Call
from server.core.db import Record
from server.core.errors import Stale, WrongState
from server.core.reading import ReadService

M = TypeVar("M", bound=Record)
P = TypeVar("P", bound=Message)


class CrudService(ReadService[M, P]):
    """Keeps the records of one table; subclasses add rules (``check``) and business verbs."""

    # What a subclass may say -------------------------------------------------------------

    def check(self, call: Call, record: M) -> None:
        """Rules over a record about to be created or updated; raises BusinessError."""

    def refuse_change(self, call: Call, record: M) -> None:
        """Refuse a user who holds the permission but may not change this record."""

    def start(self, call: Call, record: M) -> None:
        """Fill what a new record needs and the user does not enter: number, owner."""

    # RPCs --------------------------------------------------------------------------------

    def Create(self, call: Call, request: P) -> P:
        """Keep a new record."""
        record = self.model(created_at=call.now, created_by=call.user.id, updated_at=call.now)
        self.mapping.apply(request, record)
        with call.db.no_autoflush:  # rules may ask the database while the record is unfinished
            self.start(call, record)
            call.db.add(record)
            self.check(call, record)
        return self.save(call, record)

    def Update(self, call: Call, request: P) -> P:
        """Change a record that is still as the user read it."""
        record = self.load(call, request)
        self.refuse_change(call, record)
        masking.restore(request, self.mapping.to_message(record))
        with call.db.no_autoflush:
            self.mapping.apply(request, record)
            self.check(call, record)
        return self.save(call, record)

    def Delete(self, call: Call, request: IdRequest) -> Empty:
        """Remove a record."""
        record = self.load(call, request)
        call.db.delete(record)
        call.db.flush()
        self.note_change(call)
        return Empty()

    # For verbs ---------------------------------------------------------------------------

    def load(self, call: Call, request: Any) -> M:
        """The record a request names, locked, unchanged and in a state this RPC starts from."""
        record = self.find(call, request.id, lock=True)
        if record.version != request.version:
            raise Stale
        if not self.starts(call.rpc, record):
            label = self.state_label(record)
            raise WrongState(f"{label}的记录不能{call.rpc.label}，请刷新查看它现在的状态")
        return record

    def starts(self, terms: RpcFacts, record: M) -> bool:
        """Whether a verb may start from the state the record is in."""
        states = [self.state(name) for name in terms.from_states]
        return not states or record.state in states  # type: ignore[attr-defined]

    def save(self, call: Call, record: M, *, move: bool = True) -> P:
        """Leave the record in the state this RPC ends in, and answer it.

        Without move its state stays: an approval with further steps to come.
        """
        if move and call.rpc.to_state:
            record.state = self.state(call.rpc.to_state)  # type: ignore[attr-defined]
        self.touch(call, record)
        call.db.flush()
        self.note_change(call)
        return self.answer(call, record)

    def touch(self, call: Call, record: M) -> None:
        """Mark the record as changed now by this user, even if only its lines changed."""
        later = record.updated_at + timedelta(microseconds=1) if record.updated_at else call.now
        record.updated_at = max(call.now, later)
        record.updated_by = call.user.id

    def note_change(self, call: Call) -> None:
        """Tell the clients that records of this service changed."""
        call.changed.add(call.app.registry.name_of(type(self)))

    @classmethod
    def state(cls, name: str) -> int:
        """The number of a state of the contract."""
        number: int = cls.message.State.Value(name)  # type: ignore[attr-defined]
        return number

    def state_label(self, record: M) -> str:
        """What people call the state the record is in."""
        field = facts.field_named(self.message.DESCRIPTOR, "state")
        return facts.value_label(field, record.state)  # type: ignore[attr-defined]
