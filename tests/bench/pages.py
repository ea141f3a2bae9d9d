"""A table of a million rows: listed, filtered and paged to its end at the same cost per page.

The table is the audit log, filled past the program: its chain is not what is measured here.
AMB_BENCH_ROWS changes the size.
"""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from protos.common.list_pb2 import Filter, ListRequest
from server.core.db import Sessions
from tests.bench import serve
from tests.bench.figures import Figure, milliseconds, most, setting
from tests.bench.world import databases, world
from tests.people import Clerk

ROWS = setting("ROWS", 1_000_000)
PAGE = 1000
TURNS = 15
RIGHTS = ("admin.audit.read",)
_LIST = "admin.AuditService.List"
_EVERY = timedelta(seconds=20)
_MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', :begin + i * :every, 'unixepoch')",
    "postgresql": "to_timestamp(:begin + i * :every)",
}
_BYTES = {"sqlite": "zeroblob(32)", "postgresql": "decode(repeat('00', 32), 'hex')"}


def measure() -> Iterator[Figure]:
    """Pages and filters of the million, on each database."""
    with databases() as urls:
        for name, url in urls.items():
            with world(url) as made:
                _fill(made.sessions)
                with (
                    serve.process(made.home, database=url) as server,
                    made.clerk(server.port, RIGHTS) as clerk,
                ):
                    yield from _paged(clerk, name)
                    yield from _filtered(clerk, name)


def _paged(clerk: Clerk, database: str) -> Iterator[Figure]:
    for what, order in (("newest first", ""), ("by time", "happened_at")):
        pages = list(_pages(clerk, ListRequest(limit=PAGE, order_by=order)))
        places = {"first": pages[0], "middle": pages[len(pages) // 2], "last": pages[-1]}
        spans = _in_turns(clerk, places)
        named = f"{ROWS:,} rows {what}, page of {PAGE:,}, {database}"
        for place, value in spans.items():
            yield Figure(f"{named}: {place}", value, "ms")
        yield most(f"{named}: last ÷ first", spans["last"] / spans["first"], "", 1.5)


def _pages(clerk: Clerk, request: ListRequest) -> Iterator[ListRequest]:
    """The request of each full page, from the first to the end of the table."""
    count, following = 0, b"-"
    while following:
        asked = ListRequest()
        asked.CopyFrom(request)
        page = clerk(_LIST, request)
        count += len(page.rows)
        if len(page.rows) == PAGE:
            yield asked
        request.cursor = following = page.info.next
    assert count >= ROWS


def _in_turns(clerk: Clerk, places: dict[str, ListRequest]) -> dict[str, float]:
    """Milliseconds of some pages, medians over rounds in turns."""
    spans: dict[str, list[float]] = {place: [] for place in places}
    for _ in range(TURNS):
        for place, request in places.items():
            begin = time.perf_counter()
            clerk(_LIST, request)
            spans[place].append((time.perf_counter() - begin) * 1000)
    return {place: statistics.median(values) for place, values in spans.items()}


def _filtered(clerk: Clerk, database: str) -> Iterator[Figure]:
    one = Filter(field="record_id", values=["1000777"])
    spent = milliseconds(lambda: clerk(_LIST, ListRequest(limit=50, filters=[one])))
    yield most(f"One record's rows of {ROWS:,}, {database}", spent, "ms", 25)
    begin = datetime.now(UTC) - _EVERY * (ROWS // 2)
    day = [begin.isoformat(), (begin + timedelta(days=1)).isoformat()]
    among = Filter(field="happened_at", op=Filter.BETWEEN, values=day)
    request = ListRequest(limit=50, filters=[among], order_by="happened_at", descending=True)
    spent = milliseconds(lambda: clerk(_LIST, request))
    yield most(f"One day's newest rows of {ROWS:,}, {database}", spent, "ms", 25)


def _fill(sessions: Sessions) -> None:
    kind = sessions.engine.dialect.name
    begin = datetime.now(UTC) - _EVERY * ROWS
    values = {
        "rows": ROWS - 1,
        "begin": int(begin.timestamp()),
        "every": int(_EVERY.total_seconds()),
    }
    with sessions.write() as db:
        db.execute(text(_INSERT.format(moment=_MOMENT[kind], zeros=_BYTES[kind])), values)
    with sessions.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


_INSERT = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    INSERT INTO audit_row (
        id, stream, seq, happened_at, user_id, staff_no, user_name, workstation, session_id, action,
        label, record_kind, record_id, result, reason, detail, signature_id, hash, mac
    )
    SELECT 1000000 + i, 'bench', i + 1, {moment}, i % 500, 'KG001', '张三',
        'WS-0012 10.20.30.40:51234', 7, 'admin.DepartmentService.Create', '新增部门',
        'admin_department', 1000000 + i % 100000, 'OK', '', '{{}}', 0, {zeros}, {zeros}
    FROM n
"""
