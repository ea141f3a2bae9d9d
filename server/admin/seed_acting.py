"""Calls for demo data: somebody doing something at some time, without a server."""

from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from protos.admin import deputy_pb2
from server.admin.person import Person
from server.core.app import App
from server.core.call import Call, User


def acting(db: Session, now: datetime, person_id: int) -> Call:
    """A call of a person who sees everything; the rules it is for need no App."""
    person = db.get_one(Person, person_id)
    user = User(
        person.id, person.staff_no, person.name, person.department_id, frozenset(), departments=None
    )
    method = deputy_pb2.DESCRIPTOR.services_by_name["DeputyService"].methods_by_name["Create"]
    return Call(cast(App, None), db, user, method, now)  # the rules called here need no App
