"""The pictures of records: which bytes are one, who may see, add and take them out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crypto import sm3
from protos import facts
from protos.common import attachment_pb2 as pb
from protos.common.list_pb2 import Empty, IdRequest
from server.core.call import Call
from server.core.crud import CrudService
from server.core.db import Record
from server.core.errors import BusinessError, Forbidden, Invalid, NotFound, Stale
from server.core.mapping import timestamp
from server.core.registry import readable

MOST = 9  # pictures of one record
_PNG = b"\x89PNG\r\n\x1a\n"


class Attachment(Record):
    """One picture of one record of any service."""

    __tablename__ = "core_attachment"
    __table_args__ = (Index("ix_core_attachment_owner", "owner_id", "owner_service"),)

    owner_service: Mapped[str] = mapped_column(String(80))
    owner_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    mime: Mapped[str] = mapped_column(String(20))
    size: Mapped[int]  # bytes
    sm3: Mapped[str] = mapped_column(String(64))  # hex, in the log too: what was shown is provable
    added_by: Mapped[str] = mapped_column(String(40))
    removed_at: Mapped[datetime | None]  # of what was taken out; its content is gone then
    content: Mapped[bytes] = mapped_column(LargeBinary(), deferred=True)


def mime_of(content: bytes) -> str:
    """The kind of picture the bytes are, whatever the file was called; refuses all but two."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and b"IEND" in content[-16:]:
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[4:]:
        return "image/jpeg"
    raise Invalid.at("content", "只能添加完整的 JPEG 或 PNG 图片，请另选文件")


def of_record(db: Session, service: str, record_id: int) -> list[Attachment]:
    """The pictures of a record, the oldest first, without their contents."""
    return [each for each in ever_of(db, service, record_id) if each.removed_at is None]


def ever_of(db: Session, service: str, record_id: int) -> list[Attachment]:
    """The pictures a record has and had, the oldest first, without their contents."""
    chosen = select(Attachment).where(
        Attachment.owner_id == record_id, Attachment.owner_service == service
    )
    return list(db.scalars(chosen.order_by(Attachment.id)))


def refuse_more(kept: Iterable[Attachment], digest: str) -> None:
    """A record has so many pictures at most, and none of them twice."""
    digests = [each.sm3 for each in kept]
    if digest in digests:
        raise Invalid.at("content", "这张图片已经添加过了")
    if len(digests) >= MOST:
        raise Invalid.at("content", f"每条记录最多 {MOST} 张图片，请先移除不要的")


def refuse_unless_open(call: Call, name: str, record_id: int) -> None:
    """Lock the record, and refuse a user who may not change its pictures in the state it is in."""
    service: CrudService[Any, Any] = readable(call, name, record_id)  # type: ignore[assignment]
    contract = facts.service(name)
    verbs = [contract.methods_by_name[verb] for verb in facts.of_service(contract).photos]
    if not verbs:
        raise BusinessError(f"{facts.of_service(contract).label}没有图片")
    verbs = [verb for verb in verbs if call.user.may(facts.of_rpc(verb).permission)]
    if not verbs:
        raise Forbidden("没有权限：增减这条记录的图片")
    record = service.find(call, record_id, lock=True)
    verbs = [verb for verb in verbs if service.starts(facts.of_rpc(verb), record)]
    if not verbs:
        raise BusinessError(f"{service.state_label(record)}的记录不能再增减图片")
    if all(verb.name == "Update" for verb in verbs):
        service.refuse_change(call, record)


class AttachmentService:
    """Open to whoever may read the record; changed by whoever may change it."""

    contract = pb.DESCRIPTOR

    def List(self, call: Call, request: pb.AttachmentsRequest) -> pb.AttachmentsAnswer:
        """What pictures a record has."""
        readable(call, request.service, request.id)
        rows = [_message(each) for each in of_record(call.db, request.service, request.id)]
        return pb.AttachmentsAnswer(rows=rows, most=MOST)

    def Get(self, call: Call, request: IdRequest) -> pb.Attachment:
        """One picture with its content, which is still what was added."""
        picture = _found(call, request.id)
        readable(call, picture.owner_service, picture.owner_id)
        if sm3.digest(picture.content).hex() != picture.sm3:
            raise BusinessError("图片与添加时登记的摘要不符，可能被改动过，请告知信息科")
        message = _message(picture)
        message.content = picture.content
        return message

    def Add(self, call: Call, request: pb.AddAttachmentRequest) -> pb.Attachment:
        """Keep one more picture of a record."""
        refuse_unless_open(call, request.service, request.id)
        digest = sm3.digest(request.content).hex()
        refuse_more(of_record(call.db, request.service, request.id), digest)
        picture = Attachment(
            created_at=call.now, created_by=call.user.id, updated_at=call.now,
            owner_service=request.service, owner_id=request.id, name=request.name,
            mime=mime_of(request.content), size=len(request.content), sm3=digest,
            added_by=call.user.name, content=request.content,
        )  # fmt: skip
        call.db.add(picture)
        call.db.flush()
        return _message(picture)

    def Remove(self, call: Call, request: IdRequest) -> Empty:
        """Take a picture out while the record may still be changed."""
        picture = _found(call, request.id)
        refuse_unless_open(call, picture.owner_service, picture.owner_id)
        if picture.version != request.version:
            raise Stale
        picture.removed_at = picture.updated_at = call.now
        picture.updated_by = call.user.id
        picture.content = b""
        return Empty()


def _found(call: Call, record_id: int) -> Attachment:
    picture = call.db.get(Attachment, record_id)
    if picture is None or picture.removed_at is not None:
        raise NotFound("图片不存在，可能已被移除，请刷新")
    return picture


def _message(picture: Attachment) -> pb.Attachment:
    return pb.Attachment(
        id=picture.id, version=picture.version, name=picture.name, mime=picture.mime,
        size=picture.size, sm3=picture.sm3, added_by=picture.added_by,
        created_at=timestamp(picture.created_at),
    )  # fmt: skip
