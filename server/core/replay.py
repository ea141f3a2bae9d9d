"""Answers a repeated write with its first answer: retries and the offline outbox rely on it."""

from datetime import datetime

from google.protobuf.descriptor import MethodDescriptor
from sqlalchemy import LargeBinary, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crypto import sm3
from protos.facts import method_path
from server.core.call import Call
from server.core.db import Model
from server.core.errors import Invalid

MAX_ID = 64


class Answered(Model):
    """The answer a write got, by the client's request id."""

    __tablename__ = "core_answered"
    __table_args__ = (UniqueConstraint("user_id", "request_id"),)

    user_id: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(MAX_ID))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    answer: Mapped[bytes] = mapped_column(LargeBinary())
    answered_at: Mapped[datetime] = mapped_column(index=True)


_KNOWN = select(Answered.digest, Answered.answer).where(
    Answered.user_id == bindparam("user_id"), Answered.request_id == bindparam("request_id")
)


def earlier(call: Call, raw: bytes) -> bytes | None:
    """The bytes of the first answer, if this write was already done.

    Raises Invalid when the id is missing or was used for something else.
    """
    if not call.request_id or len(call.request_id) > MAX_ID:
        raise Invalid.at("request", "写操作缺少请求编号，请升级客户端")
    asked = {"user_id": call.user.id, "request_id": call.request_id}
    known = call.db.execute(_KNOWN, asked).one_or_none()
    if known is None:
        return None
    if known.digest != _digest(call.method, raw):
        raise Invalid.at("request", "请求编号已用于另一项操作，请重试")
    return known.answer


def keep(call: Call, raw: bytes, answer: bytes) -> None:
    """Remember the answer, in the transaction of the write."""
    call.db.add(
        Answered(
            user_id=call.user.id,
            request_id=call.request_id,
            digest=_digest(call.method, raw),
            answer=answer,
            answered_at=call.now,
        )
    )


def _digest(method: MethodDescriptor, raw: bytes) -> bytes:
    return sm3.digest(method_path(method).encode() + b"\0" + raw)
