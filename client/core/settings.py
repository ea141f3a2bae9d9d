"""What a user prefers: one JSON file per user and workstation, written whole or not at all.

What is not this workstation's own goes to the server as well (client/core/preferences.py) and is
the same everywhere; the file then serves while the server is away.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from client.core.store import Store

# What hangs on the machine: its screens, printers and papers. The part of a key before the dot.
LOCAL = frozenset(
    {"geometry", "split", "preview", "printer", "printers", "print", "paper", "papers", "invoice",
     "calibration", "calibrations", "queue", "offset", "scanner", "reader", "export", "input"}
)  # fmt: skip


def home() -> Path:
    """The client's own folder: AMB_HOME, or the platform's place for program data."""
    if named := os.environ.get("AMB_HOME"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "amb"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "amb"


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file by new content: after a crash either the old or the new stands there.

    Raises OSError (disk full, no right) and leaves the old file and nothing else.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, partial = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, mode)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def travels(key: str) -> bool:
    """Whether a setting follows its user to other workstations."""
    return key.partition(".")[0] not in LOCAL


class Settings:
    """JSON values by key, of one user ("" = the workstation, before anyone logged in)."""

    def __init__(self, user: str, folder: Path | None = None) -> None:
        name = re.sub(r"[^\w-]", lambda found: f"%{ord(found[0]):x}", user) or "workstation"
        self.user = user
        self.store: Store | None = None  # the user's encrypted store, once logged in
        self.changed: Callable[[str], None] | None = None  # told of keys that travel
        self._folder = folder
        self._path = (folder or home()) / "settings" / f"{name}.json"
        self._unsent_path = self._path.with_suffix(".unsent")
        self._values: dict[str, Any] = _read(self._path)
        self._unsent: dict[str, str] = _read(self._unsent_path)

    @property
    def station(self) -> "Settings":
        """What holds for this workstation, whoever uses it; read anew."""
        return Settings("", self._folder)

    def value(self, key: str, default: Any = None) -> Any:
        """The value set, or default."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON value; None forgets it.  Written at once."""
        if self._values.get(key) == value:
            return
        self._put(key, value)
        if self.user and travels(key):
            self._unsent[key] = datetime.now(UTC).isoformat()
            _write(self._unsent_path, self._unsent)
        _write(self._path, self._values)
        if self.changed is not None and key in self._unsent:
            self.changed(key)

    def unsent(self) -> dict[str, datetime]:
        """What the server does not know yet, and when it was set; outlives the program."""
        return {key: datetime.fromisoformat(at) for key, at in self._unsent.items()}

    def sent(self, keys: Mapping[str, datetime]) -> None:
        """The server has these, as they were set at those times."""
        for key, at in keys.items():
            if self._unsent.get(key) == at.isoformat():
                del self._unsent[key]
        _write(self._unsent_path, self._unsent)

    def take(self, values: Mapping[str, tuple[Any, datetime]]) -> None:
        """Take over what the server has, as of those times; a later change made here stays."""
        known = {key for key in self._values if travels(key)}
        for key in (known | set(values)) - set(self._unsent):
            self._put(key, values[key][0] if key in values else None)
        for key, (value, at) in values.items():
            if key in self._unsent and datetime.fromisoformat(self._unsent[key]) < at:
                del self._unsent[key]
                self._put(key, value)
        _write(self._unsent_path, self._unsent)
        _write(self._path, self._values)

    def adopt(self) -> None:
        """Everything that travels is to be sent: the server has nothing of this user yet."""
        for key in filter(travels, self._values):
            self._unsent.setdefault(key, datetime.now(UTC).isoformat())
        _write(self._unsent_path, self._unsent)

    def _put(self, key: str, value: Any) -> None:
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value


def _write(path: Path, values: dict[str, Any]) -> None:
    text = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True)
    write_atomically(path, text.encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:  # spoiled by hand or by the disk: set aside, start afresh
        path.replace(path.with_suffix(".damaged"))
        return {}
    return values if isinstance(values, dict) else {}
