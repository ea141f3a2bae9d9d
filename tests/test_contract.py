"""What holds for every service: permissions, methods, states, labels."""

import pytest
from google.protobuf.descriptor import Descriptor, MethodDescriptor

from protos import facts, reckoning
from server.core.crud import CrudService
from server.core.reading import ReadService
from server.core.registry import Registry, references
from server.services import SERVICES

REGISTRY = Registry(SERVICES)
METHODS = [method for method, _ in REGISTRY.methods()]
EACH = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)


@EACH
def test_an_rpc_says_who_may_call_it(method: MethodDescriptor) -> None:
    terms = facts.of_rpc(method)
    ways = [bool(terms.permission), terms.open, terms.session]
    assert sum(ways) == 1, "one of permission, open, session"
    assert terms.label
    if terms.permission:
        area, _, verb = terms.permission.split(".")
        assert area == method.containing_service.full_name.split(".")[0]
        assert verb


def test_steps_and_rules_name_permissions_of_their_service_s_area() -> None:
    for name in REGISTRY.by_name:
        stated = facts.of_service(facts.service(name))
        named = [(step.permission, step.label) for step in stated.steps]
        named += [(right.permission, right.label) for right in stated.rights]
        for permission, label in named:
            area, _, verb = permission.split(".")
            assert (area, bool(verb and label)) == (name.split(".")[0], True), permission


@EACH
def test_an_rpc_names_states_its_record_has(method: MethodDescriptor) -> None:
    terms = facts.of_rpc(method)
    named = [*terms.from_states, *([terms.to_state] if terms.to_state else [])]
    if not named:
        return
    record = facts.record_of(method.containing_service)
    assert record is not None
    states = record.enum_types_by_name["State"].values_by_name
    assert set(named) <= set(states)


@EACH
def test_an_rpc_offers_lines_its_record_has_one_record_at_a_time(method: MethodDescriptor) -> None:
    record = facts.record_of(method.containing_service)
    for field in facts.fields(method.input_type):
        if source := facts.of_field(field).offers:
            assert record is not None
            assert record.fields_by_name[source].is_repeated
            assert field.message_type is not None
            assert "row" in field.message_type.fields_by_name
            assert facts.of_rpc(method).single


@EACH
def test_an_rpc_refers_to_records_that_are_kept(method: MethodDescriptor) -> None:
    for message in (method.input_type, method.output_type):
        for ref in references(message):
            assert isinstance(REGISTRY.by_name.get(ref), ReadService), ref


def test_a_product_is_read_only_and_of_whole_numbers_beside_it() -> None:
    found = {
        field.full_name: (field, facts.of_field(field))
        for method in METHODS
        for message in _below(method.output_type)
        for field in message.fields
        if facts.of_field(field).product
    }
    assert "inventory.ReceiptLine.amount" in found
    for field, fact in found.values():
        assert fact.read_only
        whole = (field, *reckoning.factors_of(field))
        assert all(facts.kind(each) is facts.Kind.INTEGER for each in whole)


def _below(message: Descriptor) -> list[Descriptor]:
    nested = [field.message_type for field in message.fields if field.is_repeated]
    return [message, *(each for kind in nested if kind for each in _below(kind))]


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(10049, 2, 100), (10050, 2, 101), (-10050, 2, -101), (7, 0, 7), (7, -2, 700)],
)
def test_half_a_fen_is_rounded_away_from_zero(value: int, digits: int, expected: int) -> None:
    assert reckoning.rounded(value, digits) == expected


@pytest.mark.parametrize("name", sorted(REGISTRY.by_name))
def test_a_record_service_holds_what_its_message_shows(name: str) -> None:
    service = REGISTRY.by_name[name]
    if not isinstance(service, ReadService):
        return
    mapped = {entry.name for entry in service.mapping.values}
    filters = {
        field.name
        for field in facts.fields(service.message.DESCRIPTOR)
        if facts.of_field(field).filter
    }
    assert filters <= mapped, "a filter needs a column"
    descriptor = facts.service(name)
    assert facts.of_service(descriptor).label
    money = facts.of_service(descriptor).money
    assert not money or facts.money_of(descriptor) is not None, "what it comes to is a field in fen"


@pytest.mark.parametrize("name", sorted(REGISTRY.by_name))
def test_pictures_are_added_during_verbs_that_change_the_record(name: str) -> None:
    contract = facts.service(name)
    for verb in facts.of_service(contract).photos:
        assert isinstance(REGISTRY.by_name[name], CrudService)
        assert not facts.is_read(contract.methods_by_name[verb])
