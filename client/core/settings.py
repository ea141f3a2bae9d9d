"""What a user prefers on this workstation: one JSON file per user, written whole or not at all."""

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from client.core.store import Store


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


class Settings:
    """JSON values by key, of one user ("" = the workstation, before anyone logged in)."""

    def __init__(self, user: str, folder: Path | None = None) -> None:
        name = re.sub(r"[^\w-]", lambda found: f"%{ord(found[0]):x}", user) or "workstation"
        self.user = user
        self.store: Store | None = None  # the user's encrypted store, once logged in
        self._folder = folder
        self._path = (folder or home()) / "settings" / f"{name}.json"
        self._values: dict[str, Any] = self._read()

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
        if value is None:
            del self._values[key]
        else:
            self._values[key] = value
        text = json.dumps(self._values, ensure_ascii=False, indent=1, sort_keys=True)
        write_atomically(self._path, text.encode())

    def _read(self) -> dict[str, Any]:
        try:
            values = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:  # spoiled by hand or by the disk: set aside, start afresh
            self._path.replace(self._path.with_suffix(".damaged"))
            return {}
        return values if isinstance(values, dict) else {}
