"""What a service method is given: who asks, over which connection, in which transaction, when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from google.protobuf.descriptor import MethodDescriptor
from sqlalchemy.orm import Session

from crypto.cert import Certificate
from crypto.tls import Peer
from protos import facts
from protos.common.options_pb2 import RpcFacts

if TYPE_CHECKING:
    from server.core.app import App


@dataclass(frozen=True)
class User:
    """The person behind a call, as of now."""

    id: int
    staff_no: str
    name: str
    department_id: int
    permissions: frozenset[str]
    departments: frozenset[int] | None = frozenset()  # whose rows the user sees; None = all
    roles: tuple[str, ...] = ()
    lent: Mapping[str, str] = field(default_factory=dict)  # permissions of absent people: names
    session_id: int = 0
    certificate: bytes = b""  # DER; empty after a password login

    def may(self, permission: str) -> bool:
        """Whether a role of the user grants it."""
        return permission in self.permissions

    def may_call(self, method: MethodDescriptor) -> bool:
        """Whether some permission of the user's opens an RPC."""
        return bool(facts.permissions_of(method) & self.permissions)


NOBODY = User(0, "", "", 0, frozenset())


@dataclass(frozen=True)
class Signed:
    """A verified signature over a call: the signed text, the signature, the certificate."""

    text: bytes
    signature: bytes
    certificate: bytes


@dataclass(frozen=True)
class About:
    """What an RPC that changes no record was about, for its audit row: a service, and details."""

    kind: str
    detail: Mapping[str, object]


@dataclass
class Call:
    """One RPC being served: one session, one transaction, committed by nobody but Server."""

    app: "App"
    db: Session
    user: User
    method: MethodDescriptor
    now: datetime
    peer: Peer | None = None
    request_id: str = ""
    signed: Signed | None = None
    about: About | None = None
    reason: str = ""  # why, where the request says; for the audit row
    undo: bool = False  # answer, but keep nothing of what was written: a dry run
    sealed: list[str] = field(default_factory=list)  # digests of books written, for the audit row
    changed: set[str] = field(default_factory=set)  # services whose records changed
    personal_reads: list[int] = field(default_factory=list)  # records shown unmasked
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def rpc(self) -> RpcFacts:
        """What the contract says of this RPC."""
        return facts.of_rpc(self.method)

    @property
    def workstation(self) -> str:
        """The workstation's number from its certificate, and its address."""
        if self.peer is None:
            return ""
        return f"{_station(self.peer.certificate)} {self.peer.address}".strip()


@lru_cache(maxsize=4096)
def _station(certificate: bytes) -> str:
    return Certificate.from_der(certificate).subject_serial or ""
