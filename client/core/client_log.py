"""The program's own log, and the bundle for support: findings and log, nothing of a patient."""

import json
import logging
import os
import zipfile
from collections.abc import Sequence
from io import BytesIO
from logging.handlers import RotatingFileHandler
from pathlib import Path

from client.core.findings import Finding

LOG = Path("log") / "client.log"
_LOG_SIZE, _LOG_FILES = 1_000_000, 3


def start_log(home: Path) -> None:
    """Write the program's log below home; it never holds field values, only names of calls."""
    path = home / LOG
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = RotatingFileHandler(
        path, maxBytes=_LOG_SIZE, backupCount=_LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if os.environ.get("AMB_DEBUG") else logging.INFO)


def bundle(findings: Sequence[Finding], home: Path) -> bytes:
    """A zip of the findings and the program's log: no record, no draft, no name of a patient."""
    report = [finding._asdict() for finding in findings]
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(report, ensure_ascii=False, indent=1)
        archive.writestr("diagnosis.json", text)
        for path in sorted((home / LOG).parent.glob("client.log*")):
            archive.write(path, path.name)
    return made.getvalue()
