"""No list asks the database once for each row, and no document once for each line.

Every service with a List is measured on the demo data of one server.
"""

import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from sqlalchemy import Table, event, func, insert, select
from sqlalchemy.orm import Session

from crypto.sm2 import PrivateKey
from protos import facts
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from server import config
from server.admin.person import Person
from server.admin.seed_acting import acting
from server.core.pki import Pki
from server.core.registry import Registry
from server.core.run import Running
from server.inventory import period
from server.inventory.ledger_tables import Move
from server.services import SERVICES
from tests import database
from tests.people import Clerk, make_person_in


def is_lines(field: FieldDescriptor) -> bool:
    """Whether a field holds the lines of a document."""
    return field.is_repeated and facts.kind(field) is facts.Kind.MESSAGE


REGISTRY = Registry(SERVICES)
LISTS = sorted(
    name
    for name in REGISTRY.by_name
    if (listing := facts.service(name).methods_by_name.get("List"))
    and listing.input_type is ListRequest.DESCRIPTOR
)
DOCUMENTS = sorted(
    name
    for name in LISTS
    if "Get" in facts.service(name).methods_by_name
    and any(map(is_lines, facts.fields(facts.service(name).methods_by_name["Get"].output_type)))
)
EMPTY = {  # of these the demo data has no rows
    "admin.PrintoutService": "what is printed is printed in the demo, by hand",
    "emr.AmendmentService": "amendments are written by people, on records reviewed long ago",
    "finance.RefundService": "refunds are asked for in the demo, by hand",
    "finance.ReprintService": "reprints are asked for in the demo, by hand",
    "inventory.PersonalStockService": "shows the reader's own stores, and this reader has none",
    "inventory.PersonalStoreService": "shows the reader's own stores, and this reader has none",
}
SHORT = {  # documents of one or two lines
    "inventory.BoundItemService": "the items of the demo come in one pack each",
    "inventory.ItemService": "the items of the demo come in one pack each",
    "inventory.WarehouseService": "the warehouses of the demo have few keepers",
}
SINGLE = (
    "finance.PriceListService",
    "inventory.PeriodService",
    "inventory.ReceiptService",
)  # doubled, see `double`
TRIED = 12  # single rows looked at: not every row refers to every kind of record
LINES = 3  # of a document that shows whether each line is asked for by itself


class Office:
    """A server on demo data, somebody who may read everything, and the statements sent."""

    def __init__(self, server: Running, clerk: Clerk) -> None:
        self._engine = server.worker.app.sessions.engine
        self._clerk = clerk
        with server.worker.app.sessions.read() as db:
            item = db.scalars(select(Move.item_id).order_by(Move.id.desc())).first()
        card = Filter(field="item_id", op=Filter.EQ, values=[str(item)])
        self._asked = {"inventory.CardService": [card]}  # which lists nothing without an item

    def list(self, name: str, limit: int, cursor: bytes = b"") -> tuple[Any, Counter[str]]:
        """A page, and how often each statement was sent for it."""
        with self._noted() as sent:
            asked = ListRequest(limit=limit, cursor=cursor, filters=self._asked.get(name, ()))
            page = self._clerk(f"{name}.List", asked)
        return page, sent

    def get(self, name: str, record_id: int) -> tuple[Any, Counter[str]]:
        """A record, and how often each statement was sent for it."""
        with self._noted() as sent:
            record = self._clerk(f"{name}.Get", IdRequest(id=record_id))
        return record, sent

    @contextmanager
    def _noted(self) -> Iterator[Counter[str]]:
        sent: Counter[str] = Counter()

        def note(_: object, __: object, statement: str, *___: object) -> None:
            if threading.current_thread().name.startswith("rpc"):  # not the log of reads
                sent[shape(statement)] += 1

        event.listen(self._engine, "before_cursor_execute", note)
        yield sent
        event.remove(self._engine, "before_cursor_execute", note)


def shape(statement: str) -> str:
    """A statement without the number of values in its lists."""
    return re.sub(r"IN \([^()]*\)", "IN (…)", statement)


@pytest.fixture(scope="module")
def office(demo_home: Path, pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with database.copy(demo=True) as url, pytest.MonkeyPatch.context() as patch:
        if url:
            patch.setenv("AMB_DATABASE", url)
        home = shutil.copytree(demo_home, tmp_path_factory.mktemp("seeded") / "server")
        running = Running(config.load(home=Path(home), port=0))
        with running.worker.app.sessions.write() as db:
            close_month(db)
            for name in SINGLE:
                double(db, REGISTRY.by_name[name].model.__table__)
        running.start()
        reader(running, pki).close()  # so that there are two sessions
        clerk = reader(running, pki)
        yield Office(running, clerk)
        clerk.close()
        running.stop(grace=2)


def double(db: Session, table: Table) -> None:
    """Write a row of a table once more, under another id and number."""
    row = db.execute(select(table)).mappings().first()
    assert row is not None
    unique = {column.name for column in table.columns if column.unique}
    changed = {name: f"{row[name][:-1]}*" for name in unique if isinstance(row[name], str)}
    db.execute(insert(table).values({**row, **changed, "id": row["id"] + 1}))


def close_month(db: Session) -> None:
    """Close the month of the first movements, which the demo leaves open for its day."""
    first = db.scalars(select(func.min(Move.period))).one()
    keeper = db.scalars(select(Person.id).where(Person.staff_no == "KG001")).one()
    period.close(acting(db, datetime.now(UTC), keeper), first)


def reader(running: Running, pki: Pki) -> Clerk:
    """Somebody who may do everything, logged in."""
    key = PrivateKey.generate()
    sessions = running.worker.app.sessions
    who = make_person_in(sessions, pki, key, REGISTRY.permissions())
    with sessions.read() as db:
        clerk = Clerk(running.port, pki, who, key, who.certificate(db))
    clerk.log_in()
    return clerk


@pytest.mark.parametrize("name", sorted(set(LISTS) - set(EMPTY)))
def test_a_list_sends_as_many_statements_for_many_rows_as_for_one(
    office: Office, name: str
) -> None:
    page, many = office.list(name, 1000)
    assert len(page.rows) > 1, "the demo data has too few rows to tell: let its seed grow"
    assert many.total() == max(singles(office, name)), many


def singles(office: Office, name: str) -> Iterator[int]:
    """How many statements a page of one row takes, for each of some rows."""
    cursor = b""
    for _ in range(TRIED):
        page, sent = office.list(name, 1, cursor)
        yield sent.total()
        cursor = page.info.next
        if not cursor:
            return


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - set(EMPTY) - set(SHORT)))
def test_a_document_sends_no_statement_for_each_line(office: Office, name: str) -> None:
    page, _ = office.list(name, 50)
    seen = [office.get(name, row.id) for row in page.rows]
    telling = [sent for record, sent in seen if lines(record) >= LINES]
    assert telling, "the demo data has only documents too short to tell: let its seed grow"
    for sent in telling:
        assert max(sent.values()) < LINES, sent


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_what_is_listed_as_empty_is_empty(office: Office, name: str) -> None:
    page, _ = office.list(name, 2)
    assert len(page.rows) < 2, "it can be measured now: take it off the list"


def lines(record: Any) -> int:
    """How many lines the longest list of a document has."""
    lists = [f.name for f in facts.fields(record.DESCRIPTOR) if is_lines(f)]
    return max(len(getattr(record, name)) for name in lists)


def test_there_are_lists_and_documents() -> None:
    assert len(LISTS) > 20
    assert len(DOCUMENTS) > 5
    assert set(EMPTY) <= set(LISTS)
