"""Separation of duties: nobody approves his own work."""

from server.core.call import Call
from server.core.errors import BusinessError


def refuse_self(call: Call, maker_id: int, *, what: str = "审批") -> None:
    """Refuse a user who made or submitted what is now to be approved."""
    if call.user.id == maker_id:
        raise BusinessError(f"不能{what}自己提交的单据，请由另一位有权限的人员{what}")
