"""Random numbers handed out without being kept: their origin, age and owner can be checked.

``token = time(8) ‖ random(24) ‖ HMAC-SM3(key, purpose ‖ owner ‖ time ‖ random)[:16]``. That a token
is used once is seen to where it is used, by a unique column.
"""

import secrets
from datetime import datetime

from crypto import sm3

_TAG = 16
_BODY = 32


def issue(key: bytes, purpose: str, owner: bytes, now: datetime) -> bytes:
    """A fresh token of 48 bytes for this purpose and owner."""
    body = int(now.timestamp()).to_bytes(8, "big") + secrets.token_bytes(_BODY - 8)
    return body + _tag(key, purpose, owner, body)


def is_good(
    key: bytes, purpose: str, owner: bytes, token: bytes, now: datetime, seconds: int
) -> bool:
    """Whether this server issued the token for that purpose and owner within so many seconds."""
    if len(token) != _BODY + _TAG:
        return False
    body, tag = token[:_BODY], token[_BODY:]
    age = now.timestamp() - int.from_bytes(body[:8], "big")
    return sm3.equal(tag, _tag(key, purpose, owner, body)) and -1 <= age <= seconds


def _tag(key: bytes, purpose: str, owner: bytes, body: bytes) -> bytes:
    head = len(purpose).to_bytes(1, "big") + purpose.encode() + len(owner).to_bytes(2, "big")
    return sm3.hmac(key, head + owner + body)[:_TAG]
