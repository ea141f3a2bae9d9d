"""Separation of duties: nobody approves his own work."""

from server.core.call import Call
from server.core.errors import BusinessError, SelfDecision


def refuse_other(call: Call, *owners: int | None) -> None:
    """Refuse a user who wants to take back what somebody else handed in."""
    if call.user.id not in owners:
        raise BusinessError("只能撤回自己提交的单据，请联系提交人")


def refuse_self(call: Call, maker_id: int, *, what: str = "审批") -> None:
    """Refuse a user who made or submitted what is now to be approved."""
    if call.user.id == maker_id:
        raise SelfDecision(f"不能{what}自己提交的单据，请由另一位有权限的人员{what}")
