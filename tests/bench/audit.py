"""How long the verifier of the audit log takes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from server.core.audit import AuditRow, Log
from server.core.run import make_checkpoints
from server.core.run_files import COPY, log_certificate
from server.core.sealing import KEYRING
from server.core.verify import verify
from tests.bench.figures import Figure, most, setting
from tests.bench.world import World, world

ROWS = setting("AUDIT_ROWS", 100_000)
_BATCH = 5000
_EVERY = timedelta(seconds=1)
_DETAIL = '{"变更":"新增","code":[null,"W1"],"kind":[null,2],"name":[null,"新分站"]}'


def measure() -> Iterator[Figure]:
    """Verify a log of a day's length."""
    with world() as made:
        _fill(made)
        make_checkpoints(made.settings, made.sessions).make()
        key = log_certificate(made.settings).public_key
        with made.sessions.read() as db:
            begin = time.perf_counter()
            verdict = verify(db, KEYRING.keys.audit, key, made.home / COPY)
            spent = time.perf_counter() - begin
    assert (verdict.rows, verdict.checkpoints, verdict.findings) == (ROWS, 1, [])
    yield most("Audit verify, for 100,000 rows", spent / ROWS * 100_000, "s", 5)


def _fill(made: World) -> None:
    log = Log("bench", KEYRING.keys.audit)
    moment = datetime.now(UTC) - _EVERY * ROWS
    with made.sessions.write() as db:
        log.open(db)
    for first in range(0, ROWS, _BATCH):
        moments = [moment + _EVERY * n for n in range(first, min(first + _BATCH, ROWS))]
        with made.sessions.write() as db:
            log.append(db, map(a_row, moments))


def a_row(moment: datetime) -> AuditRow:
    """A row as the creation of a department leaves it."""
    return AuditRow(
        happened_at=moment,
        user_id=123_456_789_012,
        staff_no="KG001",
        user_name="张三",
        workstation="WS-0012 10.20.30.40:51234",
        session_id=234_567_890_123,
        action="admin.DepartmentService.Create",
        label="新增部门",
        record_kind="admin_department",
        record_id=345_678_901_234,
        result="OK",
        reason="",
        detail=_DETAIL,
        signature_id=0,
    )
