"""The UKEY (智能密码钥匙): certificate login, signatures, PIN, insertion and removal."""

from ukey.applet import KeyInfo
from ukey.errors import SW, CardError, NoCard, SessionLost, WrongPin
from ukey.key import Tokens, Ukey, tokens
from ukey.watch import Event, Watch

__all__ = [
    "SW",
    "CardError",
    "Event",
    "KeyInfo",
    "NoCard",
    "SessionLost",
    "Tokens",
    "Ukey",
    "Watch",
    "WrongPin",
    "tokens",
]
