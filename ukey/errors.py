"""The refusals of a token: few, typed, and with the number a dialog needs."""

from enum import IntEnum


class SW(IntEnum):
    """Status words of ISO 7816-4 and GM/T 0017 that the software acts on or explains."""

    OK = 0x9000
    WRITE_ERROR = 0x6581
    WRONG_LENGTH = 0x6700
    NOT_ALLOWED = 0x6982
    PIN_BLOCKED = 0x6983
    BAD_REFERENCE = 0x6984
    CONDITIONS = 0x6985
    APPLICATION_CLOSED = 0x698A
    BAD_DATA = 0x6A80
    NO_APPLET = 0x6A82
    NO_ROOM = 0x6A84
    BAD_PARAMETERS = 0x6A86
    NO_OBJECT = 0x6A88
    EXISTS = 0x6A89
    NO_APPLICATION = 0x6A8B
    NO_CONTAINER_NAME = 0x6A91
    NO_CONTAINER = 0x6A94
    NO_KEY = 0x6A95
    NO_CERTIFICATE = 0x6A96
    UNKNOWN_INS = 0x6D00
    UNKNOWN_CLA = 0x6E00
    INTERNAL = 0x6F00


_TEXTS: dict[int, str] = {
    SW.WRITE_ERROR: "UKEY 写入失败，请更换 UKEY",
    SW.WRONG_LENGTH: "UKEY 不接受该数据长度",
    SW.NOT_ALLOWED: "请先输入 PIN",
    SW.PIN_BLOCKED: "PIN 已锁定，请联系管理员解锁",
    SW.BAD_REFERENCE: "UKEY 不接受该数据",
    SW.CONDITIONS: "UKEY 当前状态不允许此操作，请拔出后重新插入",
    SW.APPLICATION_CLOSED: "UKEY 应用未打开，请拔出后重新插入",
    SW.BAD_DATA: "UKEY 不接受该数据",
    SW.NO_APPLET: "UKEY 中没有本系统的应用，请联系管理员发放",
    SW.NO_ROOM: "UKEY 空间不足",
    SW.BAD_PARAMETERS: "UKEY 不支持该参数",
    SW.NO_OBJECT: "UKEY 中没有密钥或证书，请联系管理员发放",
    SW.EXISTS: "UKEY 中已有同名应用",
    SW.NO_APPLICATION: "UKEY 中没有本系统的应用，请联系管理员发放",
    SW.NO_CONTAINER_NAME: "UKEY 中没有密钥容器，请联系管理员发放",
    SW.NO_CONTAINER: "UKEY 密钥容器未打开，请拔出后重新插入",
    SW.NO_KEY: "UKEY 中没有密钥，请联系管理员发放",
    SW.NO_CERTIFICATE: "UKEY 中没有证书，请联系管理员发放",
    SW.UNKNOWN_INS: "该 UKEY 不支持此功能",
    SW.UNKNOWN_CLA: "该 UKEY 不支持此功能",
    SW.INTERNAL: "UKEY 内部错误，请拔出后重新插入",
}


class CardError(Exception):
    """A token or its reader refused; the Chinese text may be shown to a user.

    `sw` is the status word (0..FFFF), a PC/SC return code (above FFFF), or 0 where neither applies.
    """

    def __init__(self, sw: int, text: str | None = None) -> None:
        super().__init__(text or _TEXTS.get(sw) or f"UKEY 返回错误 {sw:04X}，请联系管理员")
        self.sw = sw


class WrongPin(CardError):
    """The PIN is wrong; `retries` attempts are left, 0 when the PIN is blocked."""

    def __init__(self, retries: int) -> None:
        sw = 0x63C0 | retries if retries else SW.PIN_BLOCKED
        super().__init__(sw, f"PIN 错误，还可尝试 {retries} 次" if retries else None)
        self.retries = retries


class NoCard(CardError):
    """There is no token to talk to: none inserted, or no reader, or no smart-card service."""

    def __init__(self, text: str = "请插入 UKEY", code: int = 0) -> None:
        super().__init__(code, text)


class SessionLost(NoCard):
    """An opened token was pulled out, reset by others, or lost its service: lock the session."""

    def __init__(self, code: int = 0) -> None:
        super().__init__("UKEY 已拔出或连接中断，请重新插入后登录", code)


def refusal(sw: int) -> CardError:
    """The typed error for a status word other than 9000."""
    if sw & 0xFFF0 == 0x63C0:
        return WrongPin(sw & 0xF)
    if sw == SW.PIN_BLOCKED:
        return WrongPin(0)
    return CardError(sw)
