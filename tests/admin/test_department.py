"""Departments: one tree that stays a tree."""

from collections.abc import Callable

import grpc
import pytest

from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from server.admin.department import Department
from server.core.run import Running
from tests.people import Clerk, faults_of, refused, text_of

DEPARTMENT = "admin.DepartmentService."


@pytest.fixture
def clerk(someone: Callable[..., Clerk]) -> Clerk:
    return someone("admin.department.read", "admin.department.write")


def make(clerk: Clerk, code: str, parent_id: int = 0) -> pb.Department:
    kind = pb.Department.STATION if parent_id else pb.Department.SUB_CENTER
    request = pb.Department(code=code, name=f"分站{code}", kind=kind, parent_id=parent_id)
    made: pb.Department = clerk(DEPARTMENT + "Create", request)
    return made


@pytest.mark.requirement(82)
def test_a_moved_department_takes_what_is_below_along(clerk: Clerk, server: Running) -> None:
    east, west = make(clerk, "E"), make(clerk, "W")
    station = make(clerk, "S", east.id)
    crew = make(clerk, "C", station.id)
    station.parent_id = west.id
    moved = clerk(DEPARTMENT + "Update", station)
    with server.worker.app.sessions.read() as db:
        assert db.get_one(Department, crew.id).path == f"/{west.id}/{station.id}/{crew.id}/"
    below = Filter(field="parent_id", values=[str(west.id)])
    rows = clerk(DEPARTMENT + "List", ListRequest(filters=[below])).rows
    assert [row.id for row in rows] == [moved.id]


def test_a_department_does_not_come_under_its_own(clerk: Clerk) -> None:
    east = make(clerk, "E")
    station = make(clerk, "S", east.id)
    east.parent_id = station.id
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        clerk(DEPARTMENT + "Update", east)
    assert "上级不能是" in faults_of(error.value)["parent_id"]


def test_a_parent_in_use_is_not_stopped_before_its_children(clerk: Clerk) -> None:
    east = make(clerk, "E")
    station = make(clerk, "S", east.id)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        clerk(DEPARTMENT + "Disable", IdRequest(id=east.id, version=east.version))
    assert "下级" in text_of(error.value)
    clerk(DEPARTMENT + "Disable", IdRequest(id=station.id, version=station.version))
    clerk(DEPARTMENT + "Disable", IdRequest(id=east.id, version=east.version))


def test_two_departments_do_not_share_a_code(clerk: Clerk) -> None:
    make(clerk, "E")
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        make(clerk, "E")
