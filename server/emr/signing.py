"""What doctors signed: the content of a record, and the case sheet as PDF; one row each time."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crypto import sm3, sm4
from server.core.db import Model
from server.core.sealing import KEYRING
from server.emr.tables import CaseRecord


class RecordSignature(Model):
    """A signature made over a record's content, kept with that content for later proof."""

    __tablename__ = "emr_signature"
    __table_args__ = (UniqueConstraint("case_record_id", "revision"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id))
    revision: Mapped[int]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary())
    signature: Mapped[bytes] = mapped_column(LargeBinary())  # DER, GM/T 0010, detached
    signer_id: Mapped[int]
    signed_at: Mapped[datetime]

    @property
    def content(self) -> bytes:
        """The signed bytes."""
        return _open(self, self.content_sealed)

    @content.setter
    def content(self, value: bytes) -> None:
        self.content_sealed = _seal(self, value)


class SignedSheet(Model):
    """A case sheet signed as PDF, one for each revision of its record."""

    __tablename__ = "emr_signed_sheet"
    __table_args__ = (UniqueConstraint("case_record_id", "revision"),)

    case_record_id: Mapped[int] = mapped_column(ForeignKey(CaseRecord.id))
    revision: Mapped[int]
    pdf_sealed: Mapped[bytes] = mapped_column(LargeBinary())
    sm3: Mapped[bytes] = mapped_column(LargeBinary(32))
    signer_name: Mapped[str] = mapped_column(String(40))
    signed_at: Mapped[datetime]
    stored_at: Mapped[datetime]

    @property
    def pdf(self) -> bytes:
        """The file, as it was uploaded."""
        return _open(self, self.pdf_sealed)

    @pdf.setter
    def pdf(self, value: bytes) -> None:
        self.pdf_sealed = _seal(self, value)
        self.sm3 = sm3.digest(value)


def _place(row: Model) -> bytes:
    return f"{row.__tablename__}\0{row.id}".encode()


def _seal(row: Model, value: bytes) -> bytes:
    return sm4.seal(KEYRING.keys.field, value, _place(row))


def _open(row: Model, sealed: bytes) -> bytes:
    return sm4.unseal(KEYRING.keys.field, sealed, _place(row))
