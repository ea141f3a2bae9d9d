"""What is decided by a pharmacist alone: controlled drugs, and of requisitions high value too."""

from collections.abc import Iterable
from typing import Any

from server.core.call import Call
from server.core.errors import Forbidden

PERMISSION = "inventory.controlled.approve"


def refuse_unqualified(call: Call, lines: Iterable[Any], *, dear: bool = False) -> None:
    """Refuse an approval of controlled drugs (dear: and of high-value items) by anybody else."""
    if call.user.may(PERMISSION):
        return
    for line in lines:
        if line.item.controlled or (dear and line.item.high_value):
            raise Forbidden(f"单据里有{line.item.title}，须由药师审批，请转药师办理")
