"""How what an RPC did is mended: by a verb that leads back, or by what the contract names."""

from functools import cache

from google.protobuf.descriptor import MethodDescriptor

from protos import facts


@cache
def ways(method: MethodDescriptor) -> tuple[MethodDescriptor, ...]:
    """The RPCs that mend a deed; none: it is final. KeyError for a name nobody has."""
    named = tuple(_named(method, name) for name in facts.of_rpc(method).undo)
    return named or tuple(_first_steps(method))


def _named(method: MethodDescriptor, name: str) -> MethodDescriptor:
    service, _, verb = name.rpartition(".")
    owner = facts.service(service) if service else method.containing_service
    return owner.methods_by_name[verb]


def _first_steps(method: MethodDescriptor) -> list[MethodDescriptor]:
    """The verbs from where a deed ends after which the record can stand where it began."""
    terms = facts.of_rpc(method)
    return [
        verb
        for verb in _from(method, terms.to_state)
        if verb is not method
        and set(terms.from_states) & reached(method, facts.of_rpc(verb).to_state)
    ]


def reached(method: MethodDescriptor, state: str) -> set[str]:
    """Every state a record can come to from one, that one too."""
    found, left = {state}, [state]
    while left:
        for verb in _from(method, left.pop()):
            if (following := facts.of_rpc(verb).to_state) not in found:
                found.add(following)
                left.append(following)
    return found


def _from(method: MethodDescriptor, state: str) -> list[MethodDescriptor]:
    """The verbs of the record that move it on from a state."""
    return [
        verb
        for verb in method.containing_service.methods
        if facts.of_rpc(verb).to_state and state in facts.of_rpc(verb).from_states
    ]


def told(method: MethodDescriptor) -> str:
    """What to say before a deed that counts: that it is final, or how a mistake is mended."""
    names = dict.fromkeys(_name(way, method) for way in ways(method))
    if not names:
        return "办理以后不能撤销，请核对清楚。"
    return f"办错了可以用{'、'.join(names)}更正。"


def _name(way: MethodDescriptor, method: MethodDescriptor) -> str:
    """What people call a way out, and where to find it if it is elsewhere."""
    label = facts.of_rpc(way).label
    if way.containing_service is method.containing_service:
        return f"“{label}”"
    place = facts.of_service(way.containing_service).label
    return f"“{place}”" if way.name == "Create" else f"“{place}”的“{label}”"
