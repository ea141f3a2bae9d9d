"""People: master data, roles, keys."""

from collections.abc import Callable

import grpc
import pytest

from protos.admin import person_pb2 as pb
from protos.common.list_pb2 import ListRequest
from tests.people import Clerk

PERSON = "admin.PersonService."


@pytest.mark.requirement(78)
def test_a_person_is_created_found_and_masked(someone: Callable[..., Clerk]) -> None:
    clerk = someone("admin.person.read", "admin.person.write")
    made = clerk(
        PERSON + "Create",
        pb.Person(
            staff_no="100234",
            name="王小明",
            kind=pb.Person.DOCTOR,
            department_id=clerk.who.department_id,
            phone="13812345678",
        ),
    )
    assert made.phone == "138****5678"
    found = clerk(PERSON + "List", ListRequest(text="wxm", totals=True))
    assert [row.staff_no for row in found.rows] == ["100234"]
    assert found.info.count == 1


def test_reading_needs_its_permission(someone: Callable[..., Clerk]) -> None:
    clerk = someone("admin.person.write")
    with pytest.raises(grpc.RpcError) as refused:
        clerk(PERSON + "List", ListRequest())
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
