"""People for tests: made in the database, logged in over SM TLS with an SM2 key of their own."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from sqlalchemy.orm import Session

from crypto import sm3
from crypto.cert import Certificate
from crypto.sm2 import PrivateKey
from crypto.tls import TlsFiles, Tunnel
from protos import facts, signing
from protos.admin import department_pb2, person_pb2, role_pb2
from protos.common import session_pb2 as session
from protos.common.list_pb2 import Empty, ListRequest
from server.admin.department import Department
from server.admin.person import Grant, Person
from server.admin.role import Role
from server.core.approval import ApprovalStep
from server.core.codes import codes
from server.core.db import Sessions
from server.core.pki import Pki

_SESSION = session.DESCRIPTOR.services_by_name["SessionService"].methods_by_name


def refused(code: grpc.StatusCode) -> "pytest.RaisesExc[grpc.RpcError]":
    """Expect a call to be refused with that code."""
    return pytest.raises(grpc.RpcError, check=lambda error: _call(error).code() is code)


def text_of(error: grpc.RpcError) -> str:
    """The text the user would see."""
    return _call(error).details() or ""


def faults_of(error: grpc.RpcError) -> dict[str, str]:
    """The text at each field of a refused request."""
    for key, value in _call(error).trailing_metadata():
        if key == signing.FAULTS and isinstance(value, bytes):
            return {fault.path: fault.text for fault in session.Faults.FromString(value).faults}
    return {}


def _call(error: grpc.RpcError) -> grpc.Call:
    return cast(grpc.Call, error)  # what grpcio raises is both


def todos(clerk: "Clerk") -> dict[str, int]:
    """How much waits for a user's decision, by service."""
    answer = clerk("common.ApprovalService.Todo", Empty())
    return {each.service: each.count for each in answer.todos}


def waits(clerk: "Clerk", service: str) -> tuple[int, set[int]]:
    """The list a number of the to-do opens: its count, and the ids in it."""
    answer = clerk(f"{service}.List", ListRequest(waiting=True, totals=True, limit=1000))
    return answer.info.count, {row.id for row in answer.rows}


@dataclass(frozen=True)
class Who:
    """A person of a test, by value."""

    id: int
    staff_no: str
    name: str
    department_id: int

    def certificate(self, db: Session) -> Certificate:
        """The certificate bound to the person."""
        der = db.get_one(Person, self.id).certificate
        assert der is not None
        return Certificate.from_der(der)


def make_person_in(
    sessions: Sessions,
    pki: Pki,
    key: PrivateKey,
    permissions: Iterable[str],
    *,
    name: str = "张三",
    staff_no: str = "",
    kind: int = person_pb2.Person.ADMINISTRATION,
    scope: int = role_pb2.Role.ALL,
    department_id: int = 0,
) -> Who:
    """A person with a role of exactly these permissions and the key's certificate bound."""
    now = datetime.now(UTC)
    staff_no = staff_no or f"T{secrets.randbelow(10**8):08d}"
    certificate = pki.issue_for(key.public_key, staff_no, name)
    with sessions.write() as db:
        department_id = department_id or a_department(db, now)
        person = Person(
            staff_no=staff_no,
            name=name,
            kind=kind,
            department_id=department_id,
            certificate=certificate.der,
            certificate_serial=f"{certificate.serial:x}",
            codes=codes(name, staff_no),
            created_at=now,
            updated_at=now,
        )
        role = Role(
            code=f"r_{staff_no.lower()}",
            name=f"角色{staff_no}",
            kind=role_pb2.Role.BUSINESS,
            scope=scope,
            permissions=sorted(permissions),
            state=role_pb2.Role.ACTIVE,
            created_at=now,
            updated_at=now,
        )
        role.seal()
        grant = Grant(role_id=role.id)
        grant.seal(person.id)
        person.grants = [grant]
        db.add_all([role, person])
    return Who(person.id, staff_no, name, department_id)


def a_department(db: Any, now: datetime) -> int:
    """A fresh station."""
    made = Department(
        code=secrets.token_hex(4).upper(),
        name="测试分站",
        kind=department_pb2.Department.STATION,
        created_at=now,
        updated_at=now,
    )
    made.path = f"/{made.id}/"
    db.add(made)
    db.flush()
    return made.id


def add_step(db: Any, kind: str, position: int, permission: str, **values: Any) -> ApprovalStep:
    """A step of the approval of a kind of document, as the security administrator keeps it."""
    now = datetime.now(UTC)
    facts = {"label": f"第{position}步", "created_at": now, "updated_at": now, **values}
    step = ApprovalStep(kind=kind, position=position, permission=permission, **facts)
    db.add(step)
    return step


class Clerk:
    """A logged-in user on a workstation: one tunnel, one channel, one key."""

    def __init__(
        self, port: int, pki: Pki, who: Who, key: PrivateKey, certificate: Certificate
    ) -> None:
        self.who = who
        self.key = key
        self._pki = pki
        files = TlsFiles(
            certificate=pki.folder / "workstation.crt",
            private_key=pki.folder / "workstation.key",
            roots=pki.folder / "ca.crt",
            crl=pki.folder / "ca.crl",
        )
        self.tunnel = Tunnel(files, "127.0.0.1", port, "localhost")
        self.channel = grpc.insecure_channel(self.tunnel.start())
        self.session: session.Session = session.Session()
        self._certificate = certificate

    def log_in(self) -> session.Session:
        """Log in by key."""
        challenge = self.raw(_SESSION["BeginLogin"], session.BeginLoginRequest())
        client_random = secrets.token_bytes(32)
        text = signing.login_text(
            challenge.transaction,
            client_random,
            challenge.server_random,
            challenge.server_name,
            sm3.digest(self.tunnel.server_certificate()),
            sm3.digest(self._pki.certificate("workstation").der),
            self.tunnel.exporter(),
            self._certificate.serial,
        )
        request = session.FinishLoginRequest(
            transaction=challenge.transaction,
            client_random=client_random,
            certificate=self._certificate.der,
            signature=self.key.sign(text),
        )
        self.session = self.raw(_SESSION["FinishLogin"], request)
        return self.session

    def __call__(self, method: str, request: Message, *, request_id: str = "") -> Any:
        """Call an RPC by "area.Service.Method", signing where the contract says so."""
        service, name = method.rsplit(".", 1)
        descriptor = facts.service(service).methods_by_name[name]
        request_id = request_id or str(uuid.uuid4())
        metadata: list[tuple[str, str | bytes]] = [(signing.REQUEST, request_id)]
        if facts.of_rpc(descriptor).signed:
            metadata += self._signature(descriptor, request_id, request.SerializeToString())
        return self.raw(descriptor, request, metadata)

    def _signature(
        self, method: MethodDescriptor, request_id: str, raw: bytes
    ) -> list[tuple[str, str | bytes]]:
        nonce = self.raw(_SESSION["Nonces"], session.NoncesRequest(count=1)).nonces[0]
        text = signing.call_text(method, nonce, request_id, raw)
        return [(signing.NONCE, nonce), (signing.SIGNATURE, self.key.sign(text))]

    def raw(
        self,
        method: MethodDescriptor,
        request: Message,
        metadata: Iterable[tuple[str, str | bytes]] = (),
    ) -> Any:
        """Call an RPC with this metadata beside the session."""
        call = self.channel.unary_unary(
            facts.method_path(method),
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=facts.answer_class(method).FromString,
        )
        sent = [*metadata, (signing.SESSION, self.session.id)] if self.session.id else [*metadata]
        return call(request, metadata=tuple(sent), timeout=20)

    def close(self) -> None:
        """Leave."""
        self.channel.close()
        self.tunnel.stop()
