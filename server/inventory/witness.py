"""Witnesses of what happens to controlled drugs, who confirm it under their own login."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from server.admin.person import Person
from server.core.call import Call
from server.core.db import Model
from server.core.errors import BusinessError
from server.inventory.refusals import SameSecond


class Attestation(Model):
    """One person confirmed with an own UKEY that he witnesses a document."""

    __tablename__ = "inventory_attestation"
    __table_args__ = (UniqueConstraint("kind", "record_id", "person_id"),)

    kind: Mapped[str] = mapped_column(String(60))  # full name of the document's service
    record_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    attested_at: Mapped[datetime]


def attest(call: Call, record_id: int, hands: Iterable[int | None]) -> None:
    """Note that the user witnesses a document; refused to the hands that made or carry it out."""
    if call.user.id in hands:
        raise SameSecond("见证人不能是制单人或经办人本人")
    if call.user.id in attested(call, record_id):
        raise BusinessError("您已经确认见证，不用再确认")
    call.db.add(
        Attestation(kind=_kind(call), record_id=record_id, person_id=call.user.id,
                    attested_at=call.now)
    )  # fmt: skip
    call.db.flush()


def forget(call: Call, record_id: int) -> None:
    """A document that changed is to be witnessed anew."""
    call.db.execute(
        delete(Attestation).where(
            Attestation.kind == _kind(call), Attestation.record_id == record_id
        )
    )


def attested(call: Call, record_id: int) -> set[int]:
    """Who has confirmed to witness a document of the service that is called."""
    chosen = select(Attestation.person_id).where(
        Attestation.kind == _kind(call), Attestation.record_id == record_id
    )
    return set(call.db.scalars(chosen))


def refuse_unattested(
    call: Call, record_id: int, lines: Iterable[Any], witnesses: Iterable[int | None]
) -> None:
    """Refuse what concerns controlled drugs before each witness has confirmed by himself."""
    if not any(line.item.controlled for line in lines):
        return
    missing = {each for each in witnesses if each} - attested(call, record_id)
    if missing:
        names = call.db.scalars(select(Person.name).where(Person.id.in_(missing)))
        raise BusinessError(
            f"麻精药品的见证人要自己确认：{'、'.join(names)}还没有确认，"
            "请其登录后在这张单据上按“见证确认”"
        )


def fill(call: Call, messages: Sequence[Any]) -> None:
    """Name in each message who has confirmed; one query."""
    chosen = (
        select(Attestation.record_id, Person.name)
        .join(Person, Person.id == Attestation.person_id)
        .where(Attestation.kind == _kind(call))
        .where(Attestation.record_id.in_([message.id for message in messages]))
        .order_by(Attestation.id)
    )
    names: dict[int, list[str]] = {}
    for record_id, name in call.db.execute(chosen):
        names.setdefault(record_id, []).append(name)
    for message in messages:
        message.attested = "、".join(names.get(message.id, ()))


def _kind(call: Call) -> str:
    return call.method.containing_service.full_name
