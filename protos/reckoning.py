"""What follows from other fields by arithmetic: one rule for the server that judges and the client.

Integers all the way: fen, and smallest units; a half is rounded up, away from zero.
"""

from math import prod
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from protos import facts


def is_product(field: FieldDescriptor) -> bool:
    """Whether the contract says that a field is the product of others."""
    return bool(facts.of_field(field).product)


def product(field: FieldDescriptor, record: Any) -> int:
    """The product the contract says a field is, of a message or a row with its fields' names."""
    factors = factors_of(field)
    value = prod(getattr(record, each.name) or 0 for each in factors)
    digits = sum(facts.of_field(each).scale for each in factors) - facts.of_field(field).scale
    return rounded(value, digits)


def factors_of(field: FieldDescriptor) -> list[FieldDescriptor]:
    """The fields a product is made of; they stand in the same message."""
    beside = field.containing_type
    assert beside is not None
    return [beside.fields_by_name[name] for name in facts.of_field(field).product]


def rounded(value: int, digits: int) -> int:
    """A number without its last decimal digits; with noughts added where digits is negative."""
    if digits <= 0:
        return int(value * 10**-digits)
    unit = 10**digits
    whole = (2 * abs(value) + unit) // (2 * unit)
    return whole if value >= 0 else -whole
