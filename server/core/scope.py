"""Row scope: whose rows a user sees, by department or as the owner."""

from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.orm import InstrumentedAttribute

from server.core.call import Call


def within(
    call: Call,
    chosen: Select[Any],
    department: InstrumentedAttribute[Any] | None,
    owner: InstrumentedAttribute[Any] | None = None,
) -> Select[Any]:
    """Only rows of departments in the user's scope, or the user's own."""
    if call.user.departments is None:
        return chosen
    mine = [owner == call.user.id] if owner is not None else []
    ours = [department.in_(call.user.departments)] if department is not None else []
    return chosen.where(or_(False, *ours, *mine))
