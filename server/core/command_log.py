"""Audit rows of what is done at the server's own keyboard, in a stream of their own."""

import getpass
import json
import socket
from datetime import datetime

from sqlalchemy.orm import Session

from server.core.audit import AuditRow, Log
from server.core.sealing import KEYRING

STREAM = "command"  # beside those of the workers
_PREFIX = "server.command."


def note(db: Session, now: datetime, command: str, label: str, **detail: str | int) -> None:
    """Log a command in the transaction of what it did; the user is the operating system's."""
    log = Log(STREAM, KEYRING.keys.audit)
    log.open(db)
    row = AuditRow(
        happened_at=now, user_id=0, staff_no="", user_name=f"系统用户 {getpass.getuser()}"[:40],
        workstation=socket.gethostname()[:80], session_id=0, action=_PREFIX + command, label=label,
        record_kind="", record_id=0, result="成功", reason="", signature_id=0,
        detail=json.dumps(detail, ensure_ascii=False),
    )  # fmt: skip
    log.append(db, [row])
