"""The catalogue of refusals of the stock: a code a user can quote, and what to do about it."""

from collections.abc import Mapping
from enum import StrEnum

from server.core.errors import BusinessError, SelfDecision, Stale, WrongState


class Code(StrEnum):
    """What stock work is refused for; one code for one thing."""

    INSUFFICIENT = "INV-001"
    LOT_BLOCKED = "INV-002"
    LOCKED_BY_COUNT = "INV-003"
    VERSION = "INV-004"
    STATE = "INV-005"
    LIMIT = "INV-006"
    SAME_HAND = "INV-007"
    RED_OVER = "INV-008"
    PERIOD_CLOSED = "INV-009"
    UNIT = "INV-010"
    NOT_BOUND = "INV-011"
    DUPLICATE = "INV-012"
    RECALL_UNBALANCED = "INV-013"


ADVICE: dict[Code, str] = {
    Code.INSUFFICIENT: "库存不足：请减少数量，或先补货、调拨后再办",
    Code.LOT_BLOCKED: "批号已冻结、召回或过期：请换一个批次",
    Code.LOCKED_BY_COUNT: "盘点中，暂不可出入库：请等盘点结束后再办",
    Code.VERSION: "单据已被他人修改：请刷新，看过最新内容后再办",
    Code.STATE: "当前状态不可操作：请刷新，看单据现在到了哪一步",
    Code.LIMIT: "超过定额或批准的数量：请减少数量，或先请管理员修改定额",
    Code.SAME_HAND: "须由两个人办理，也不能审批自己的单据：请由另一位有权限的人操作",
    Code.RED_OVER: "冲红或退回超过剩余数量：请减少数量，或先查已冲、已退的单据",
    Code.PERIOD_CLOSED: "会计期已结账或不能这样结账：请按月份依次办理",
    Code.UNIT: "数量与包装不整除：请改数量或单位",
    Code.NOT_BOUND: "物资没有绑定角色或没有对照：请先绑定或对照",
    Code.DUPLICATE: "重复的单据或编号：请核对后再填",
    Code.RECALL_UNBALANCED: "召回数量不平：请先收回、处置或查清差额",
}
# Refusals every area shares get the stock's code where a service of the stock raises them.
SHARED: Mapping[type[BusinessError], str] = {
    Stale: Code.VERSION,
    WrongState: Code.STATE,
    SelfDecision: Code.SAME_HAND,
}
