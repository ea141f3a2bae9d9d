"""Why stock work is refused, with the code a user can quote."""

from collections.abc import Sequence

from protos.facts import Fault
from server.core.errors import BusinessError, Invalid
from server.inventory.codes import Code


class Insufficient(BusinessError):
    """Less is free than is needed."""

    def __init__(self, what: str, free: int, wanted: int, unit: str) -> None:
        super().__init__(
            f"库存不足：{what}可用{free}{unit}，需要{wanted}{unit}，还差{wanted - free}{unit}，"
            f"请减少数量或先补货（{Code.INSUFFICIENT}）"
        )


class LotBlocked(BusinessError):
    """The lot is expired, held or recalled."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"批号已冻结、召回或过期：{what}{why}，请换一个批次（{Code.LOT_BLOCKED}）")


class SameSecond(BusinessError):
    """Two different people are needed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"复核人不能相同：{what}，请由另一个人操作（{Code.SAME_HAND}）")


class ReversedTooMuch(Invalid):
    """More is to be taken back than is left of the original."""

    def __init__(self, row: int, what: str, left: int, unit: str) -> None:
        text = f"{what}最多还可退{left}{unit}，请减少数量（{Code.RED_OVER}）"
        super().__init__(Fault(f"lines[{row}].quantity", text))


class NotBound(Invalid):
    """The person's roles do not hold the item."""

    def __init__(self, path: str, what: str) -> None:
        text = f"接收人的角色没有绑定{what}，不能持有；请先在“角色物资”页面绑定（{Code.NOT_BOUND}）"
        super().__init__(Fault(path, text))


class NotRequestable(Invalid):
    """The roles of the one who asks do not let him request the items."""

    def __init__(self, rows: Sequence[tuple[int, str]]) -> None:
        end = f"，不能申领；请删去这一行，或请库管员在“角色物资”页面绑定（{Code.NOT_BOUND}）"
        super().__init__(
            *(Fault(f"lines[{row}].item_id", f"您的角色没有绑定{what}{end}") for row, what in rows)
        )


class OverLimit(Invalid):
    """More than a role may hold or get."""

    def __init__(self, path: str, what: str, verb: str, most: int, total: int, unit: str) -> None:
        text = (
            f"超过定额：{what}最多{verb}{most}{unit}，这次之后将有{total}{unit}，"
            f"请减少数量或先修改定额（{Code.LIMIT}）"
        )
        super().__init__(Fault(path, text))


class LockedByCount(BusinessError):
    """The balance is frozen by a stocktake, of that number if it is known."""

    def __init__(self, what: str, number: str = "") -> None:
        until = f"请等盘点{f'单{number}' if number else ''}结束后再办"
        super().__init__(f"{what}正在盘点，暂不可出入库，{until}（{Code.LOCKED_BY_COUNT}）")


def refuse(faults: list[Fault]) -> None:
    """Raise Invalid with all faults, if there are any."""
    if faults:
        raise Invalid(*faults)
