"""Every deed can be mended, or the question before it says that it is final."""

import pytest
from google.protobuf.descriptor import MethodDescriptor

from client.core.entered import signed_for
from protos import facts, mending
from server.core.registry import Registry
from server.services import SERVICES
from tests.client import sample

BEGINNINGS = ("Create", "Update")  # what these made is a record like any, with verbs of its own
FINAL = "办理以后不能撤销"
DEEDS = [
    method
    for method, _ in Registry(SERVICES).methods()
    if not (facts.is_read(method) or facts.of_rpc(method).quiet)
    and not (facts.of_rpc(method).session or facts.of_rpc(method).open)
    and method.name not in BEGINNINGS
]
EACH = pytest.mark.parametrize("method", DEEDS, ids=lambda method: method.full_name)


@EACH
def test_a_deed_is_mended_or_asked_about_as_final(method: MethodDescriptor) -> None:
    terms = facts.of_rpc(method)
    if mending.ways(method):
        assert FINAL not in mending.told(method)
        return
    assert terms.danger or terms.signed, "name what mends it (undo), or mark it danger"
    assert mending.told(method).startswith(FINAL)
    if not terms.danger:  # the window of the PIN is the question
        request = facts.request_class(method)()
        assert mending.told(method) in signed_for(method, request, sample.offline_api().names)


@EACH
def test_what_is_named_as_mending_can_be_done_afterwards(method: MethodDescriptor) -> None:
    terms = facts.of_rpc(method)
    for way in mending.ways(method):
        assert not facts.is_read(way)
        begins = facts.of_rpc(way).from_states
        same = way.containing_service is method.containing_service
        if not same or not begins or not (terms.to_state or terms.from_states):
            continue
        after = {terms.to_state} if terms.to_state else set(terms.from_states)
        reached = set().union(*(mending.reached(method, state) for state in after))
        assert reached & set(begins), f"{way.name} does not begin where {method.name} ends"


def test_the_examples() -> None:
    post = facts.service("inventory.ReceiptService").methods_by_name["Post"]
    settle = facts.service("finance.ChargeService").methods_by_name["Settle"]
    assert mending.told(post) == "办错了可以用“红冲单”、“入库退库单”更正。"
    assert [way.full_name for way in mending.ways(settle)] == ["finance.RefundService.Create"]
