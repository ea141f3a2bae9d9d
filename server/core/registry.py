"""The services of this server by name; and what their records are called elsewhere."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from protos import facts
from protos.common.list_pb2 import RefName
from protos.common.options_pb2 import RightFacts
from protos.facts import Kind
from server.core import masking
from server.core.call import Call
from server.core.errors import Forbidden, Invalid
from server.core.reading import ReadService


def descriptor_of(service: type) -> ServiceDescriptor:
    """The contract of a service class: of its own name, in the file of its message."""
    file = getattr(service, "contract", None) or service.message.DESCRIPTOR.file  # type: ignore[attr-defined]
    found: ServiceDescriptor = file.services_by_name[service.__name__]
    return found


class Registry:
    """Every service by its full name."""

    def __init__(self, services: Iterable[type]) -> None:
        self.by_name: dict[str, Any] = {}
        self._names: dict[type, str] = {}
        for kind in services:
            name = descriptor_of(kind).full_name
            self.by_name[name] = kind()
            self._names[kind] = name

    def name_of(self, kind: type) -> str:
        """The full name of a service class."""
        return self._names[kind]

    def records(self, name: str) -> ReadService[Any, Any]:
        """The service that keeps those records; refused when there is none."""
        service = self.by_name.get(name)
        if not isinstance(service, ReadService):
            raise Invalid.at("service", "没有这类记录")
        return service

    def kept(self) -> Iterable[tuple[str, ReadService[Any, Any]]]:
        """Every service that keeps records, by name."""
        for name, service in self.by_name.items():
            if isinstance(service, ReadService):
                yield name, service

    def methods(self) -> Iterable[tuple[MethodDescriptor, Any]]:
        """Every RPC with the method that serves it; AttributeError if one is missing."""
        for service in self.by_name.values():
            for method in descriptor_of(type(service)).methods:
                yield method, getattr(service, method.name)

    def preparation(self, method: MethodDescriptor) -> Callable[..., object] | None:
        """What is done for an RPC before its transaction begins: ``Prepare<RPC>``, if there is one.

        For what takes long. It is given call and request, opens transactions of its own on
        ``call.app.sessions``, and the RPC is given what it answers as third argument.
        """
        service = self.by_name[method.containing_service.full_name]
        return getattr(service, f"Prepare{method.name}", None)

    def ref_names(self, call: Call, wanted: Mapping[str, Collection[int]]) -> list[RefName]:
        """What the wanted ids are called; services this server lacks are left out."""
        found = []
        for name, ids in wanted.items():
            service = self.by_name.get(name)
            if ids and isinstance(service, ReadService):
                texts = service.names(call, ids)
                found += [RefName(service=name, id=i, text=text) for i, text in texts.items()]
        return found

    def permissions(self) -> frozenset[str]:
        """Every permission the contract names, and the one that lifts masks."""
        named = [facts.permissions_of(method) for method, _ in self.methods()]
        rules = {right.permission for right in self.rights()}
        return frozenset({masking.PERMISSION, *rules}.union(*named))

    def rights(self) -> list[RightFacts]:
        """The permissions rules ask for beside those of the RPCs."""
        return [r for name in self.by_name for r in facts.of_service(facts.service(name)).rights]

    def lookup_permissions(self) -> dict[str, frozenset[str]]:
        """For each kept record, the permissions any one of which lets a user look it up.

        That is reading it, or calling an RPC whose request or answer refers to it.
        """
        found: dict[str, set[str]] = {}
        for method, _ in self.methods():
            permissions = facts.permissions_of(method)
            if method.name == "List":
                found.setdefault(method.containing_service.full_name, set()).update(permissions)
            for message in (method.input_type, method.output_type):
                for ref in references(message):
                    found.setdefault(ref, set()).update(permissions)
        return {name: frozenset(permissions) for name, permissions in found.items()}


def references(message: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """The services a message and the messages in it refer to."""
    if message.full_name in seen:
        return set()
    found = set()
    for field in message.fields:
        if facts.kind(field) is Kind.MESSAGE:
            found |= references(field.message_type, seen | {message.full_name})
        elif ref := facts.of_field(field).ref:
            found.add(ref)
    return found


def refuse_unless_any(call: Call, permissions: frozenset[str]) -> None:
    """Refuse a user who holds none of the permissions."""
    if not permissions & call.user.permissions:
        raise Forbidden("没有权限查找这类记录")


def may_list(call: Call, name: str) -> bool:
    """Whether the user may list the records of a service."""
    listing = facts.service(name).methods_by_name.get("List")
    return listing is not None and call.user.may(facts.of_rpc(listing).permission)


def readable(call: Call, name: str, record_id: int) -> ReadService[Any, Any]:
    """The service of a record the user may read; refused otherwise."""
    service = call.app.registry.records(name)
    if not may_list(call, name):
        raise Forbidden("没有权限查看这类记录")
    service.find(call, record_id)
    return service
