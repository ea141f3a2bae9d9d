"""Measures the stock: long lists, posting, a recall and a month's close over a long ledger."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from protos import facts
from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import recall_pb2, receipt_pb2, stock_pb2, warehouse_pb2
from protos.inventory.period_pb2 import CloseRequest
from server.admin.person import Person
from server.core import ids
from server.core.app import App
from server.core.call import Call, User
from server.core.numbering import SHANGHAI, shanghai_date
from server.core.run import Running
from server.inventory.item import Item
from server.inventory.ledger_tables import Account, Balance, Lot, Move, Posting
from server.inventory.months import following, month
from server.inventory.warehouse import Warehouse
from server.seed import seed
from tests.bench.figures import Figure, milliseconds, most
from tests.bench.world import world

LIST, RECALLED = 200_000, 1_000_000  # movements
STORES = 3_000
_C = stock_pb2.Move
_BATCH = 20_000


def measure() -> Iterator[Figure]:
    """On demo data, SQLite, services called without the wire."""
    with world() as made:
        yield from _measured(Running(replace(made.settings, port=0)))


def _measured(running: Running) -> Iterator[Figure]:
    app = running.worker.app
    with app.sessions.write() as db:
        seed(db, datetime.now(UTC))
        people = {p.staff_no: p.id for p in db.scalars(select(Person))}
    users = {no: _user(app.permissions, id) for no, id in people.items()}

    def do(no: str, path: str, request: Any) -> Any:
        service, name = path.rsplit(".", 1)
        method = facts.service(service).methods_by_name[name]
        read = facts.is_read(method)
        with app.sessions.read() if read else app.sessions.write() as db:
            call = Call(app, db, users[no], method, datetime.now(UTC))
            answer = getattr(app.registry.by_name[service], name)(call, request)
            answer.SerializeToString()
            return answer

    yield most("Post a 50-line receipt", median(_document(do) for _ in range(5)), "ms", 300)
    with app.sessions.write() as db:
        _grow(db, LIST, "B")
    newest = ListRequest(limit=50)
    by_time = ListRequest(limit=50, order_by="posted_at", descending=True)
    of_lot = ListRequest(filters=[Filter(field="lot_no", values=["B7"])], limit=50)
    for what, asked in (("", newest), (", by time", by_time), (", of one lot", of_lot)):
        spent = milliseconds(partial(do, "KG001", _MOVES, asked))
        yield most(f"A page of 200,000 movements{what}", spent, "ms", 300)
    with app.sessions.write() as db:
        _grow(db, RECALLED - LIST, "C")
    yield from _recalls(do)
    yield most("Close a month of 1,000,000 movements", _closing(app, do), "s", 10)


_MOVES = "inventory.MoveService.List"
_CLOSE = "inventory.PeriodService.Close"


def _user(permissions: frozenset[str], person: int) -> User:
    return User(person, str(person), "量", 0, permissions, departments=None)


def _document(do: Any) -> float:
    """Milliseconds of posting a receipt of 50 lines."""
    day = shanghai_date(datetime.now(UTC))
    items = do("KG001", "inventory.ItemService.List", ListRequest(limit=60)).rows
    lines = [
        receipt_pb2.ReceiptLine(
            item_id=items[n % len(items)].id, lot_no=f"N{n}", quantity=10, price=100,
            expires_on=(day + timedelta(days=300)).isoformat(),
        )
        for n in range(50)
    ]  # fmt: skip
    made = receipt_pb2.Receipt(
        kind=receipt_pb2.Receipt.OTHER, lines=lines, business_on=day.isoformat(), remark="量",
        warehouse_id=_centre(do), acceptor_id=0,
    )  # fmt: skip
    path = "inventory.ReceiptService."
    made.acceptor_id = do("KG001", "admin.PersonService.List", ListRequest(limit=9)).rows[0].id
    made.second_acceptor_id = do("KG001", "admin.PersonService.List", ListRequest()).rows[1].id
    made = do("KG001", path + "Create", made)
    made = do("KG001", path + "Submit", IdRequest(id=made.id, version=made.version))
    made = do("KG002", path + "Approve", IdRequest(id=made.id, version=made.version))
    begin = time.perf_counter()
    do("KG001", path + "Post", IdRequest(id=made.id, version=made.version))
    return (time.perf_counter() - begin) * 1000


def _centre(do: Any) -> int:
    asked = ListRequest(filters=[Filter(field="code", values=["ZXK"])])
    return int(do("KG001", "inventory.WarehouseService.List", asked).rows[0].id)


def _grow(db: Session, moves: int, mark: str) -> None:
    """So many movements more: lots come in, are spread over stores, are used by patients."""
    chance = random.Random(1)
    item = db.scalars(select(Item).limit(1)).one()
    now = _last_month()
    stores = _stores(db, now)
    lots = _lots(db, item, now, 50, mark)
    posting = Posting(document="bench", document_id=ids.new(), action="fill", revision=0,
                      posted_at=now)  # fmt: skip
    db.add(posting)
    db.flush()
    held: dict[tuple[int, int], int] = {}
    for begin in range(0, moves, _BATCH):
        rows = [
            _row(chance, posting.id, item.id, lots, stores, now - timedelta(seconds=n), held)
            for n in range(begin, min(begin + _BATCH, moves))
        ]
        db.execute(insert(Move), rows)
    _balance(db, item.id, {lot.id: lot for lot in lots}, held)


def _last_month() -> datetime:
    """This hour on the last day of last month: of a month that has ended."""
    today_there = datetime.now(SHANGHAI)
    return (today_there - timedelta(days=today_there.day)).astimezone(UTC)


def _stores(db: Session, now: datetime) -> list[int]:
    known = list(db.scalars(select(Warehouse.id).where(Warehouse.code.startswith("B-"))))
    if known:
        return known
    department = db.scalars(select(Warehouse.department_id).limit(1)).one()
    made = [
        Warehouse(code=f"B-{n}", name=f"药库{n}", kind=warehouse_pb2.Warehouse.VEHICLE,
                  carrier_no=f"沪{n}", department_id=department, created_at=now, updated_at=now)
        for n in range(STORES)
    ]  # fmt: skip
    db.add_all(made)
    db.flush()
    return [store.id for store in made]


def _lots(db: Session, item: Item, now: datetime, count: int, mark: str) -> list[Lot]:
    made = [
        Lot(item_id=item.id, item=item, lot_no=name, title=name, received_on=shanghai_date(now),
            expires_on=shanghai_date(now) + timedelta(days=400), created_at=now, updated_at=now)
        for name in (f"{mark}{n}" for n in range(count))
    ]  # fmt: skip
    db.add_all(made)
    db.flush()
    return made


def _row(
    chance: random.Random, posting: int, item: int, lots: list[Lot], stores: list[int],
    at: datetime, held: dict[tuple[int, int], int],
) -> dict[str, Any]:  # fmt: skip
    """A movement in, or to a patient of what came in."""
    lot, store = chance.choice(lots), chance.choice(stores)
    used = held.get((store, lot.id), 0) > 0 and chance.random() < 0.7
    source, target = (store, Account.PATIENT) if used else (Account.SUPPLIER, store)
    held[store, lot.id] = held.get((store, lot.id), 0) + (-1 if used else 3)
    return {
        "id": ids.new(), "posting_id": posting, "position": 1, "number": "B1", "item_id": item,
        "code": _C.CONSUMED if used else _C.PURCHASED, "lot_id": lot.id, "lot_no": lot.lot_no,
        "source_id": int(source), "target_id": int(target), "quantity": 1 if used else 3,
        "amount": 0, "occurred_at": at, "posted_at": at, "period": month(at), "line_id": 0,
        "reason": "", "reverses_id": None, "task_id": 0, "operator_id": 1,
        "emr_id": chance.randint(1, 50_000) if used else 0, "second_operator_id": 0,
    }  # fmt: skip


def _balance(
    db: Session, item: int, lots: dict[int, Lot], held: dict[tuple[int, int], int]
) -> None:
    db.execute(
        insert(Balance),
        [
            {"id": ids.new(), "warehouse_id": store, "item_id": item, "lot_id": lot,
             "lot_no": lots[lot].lot_no, "expires_on": lots[lot].expires_on,
             "received_on": lots[lot].received_on, "quantity": units, "reserved": 0, "amount": 0}
            for (store, lot), units in held.items()
        ],
    )  # fmt: skip


def _recalls(do: Any) -> Iterator[Figure]:
    """A lot spread over every store is located, locked, and its patients found."""
    item = do("KG001", "inventory.LotService.List", ListRequest(text="C7", limit=1)).rows[0].item_id
    path = "inventory.RecallService."
    begin = time.perf_counter()
    made = do("KG002", path + "Create", recall_pb2.Recall(
        item_id=item, lot_nos="C7", grade=recall_pb2.Recall.GRADE_1, reason="量",
        origin=recall_pb2.Recall.SELF, quarantine_id=0, drill=False,
    ))  # fmt: skip
    yield most("Recall: locate over 1,000,000 movements", _since(begin), "s", 2)
    begin = time.perf_counter()
    made = do("KG002", path + "Start", IdRequest(id=made.id, version=made.version))
    assert made.holders > STORES // 2
    assert made.patients
    yield most(f"Recall: lock and notify {made.holders} stores", _since(begin), "s", 2)
    begin = time.perf_counter()
    do("KG002", path + "Get", IdRequest(id=made.id))
    yield most("Recall: show balance and holders", _since(begin), "s", 2)


def _closing(app: App, do: Any) -> float:
    """Seconds of closing last month; the months before it are closed first."""
    last = month(_last_month())
    with app.sessions.read() as db:
        counted = select(func.count(Move.id)).where(Move.period == last)
        assert (db.scalar(counted) or 0) >= RECALLED
        period = db.scalar(select(func.min(Move.period))) or last
    while period < last:
        do("KG002", _CLOSE, CloseRequest(period=period))
        period = following(period)
    begin = time.perf_counter()
    do("KG002", _CLOSE, CloseRequest(period=last))
    return _since(begin)


def _since(begin: float) -> float:
    return time.perf_counter() - begin
