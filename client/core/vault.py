"""Where a user's local store lives and what opens it."""

import re
import secrets
from pathlib import Path

from client.core.settings import write_atomically
from client.core.store import Store
from crypto import sm4


def open_store(home: Path, staff_no: str) -> Store:
    """The encrypted store of one user on this workstation, made if it is new.

    Its random key lies beside it in a file only the operating-system user may read: the keys in
    use sign but do not decrypt, and SM2 signatures are randomised, so nothing secret can be
    derived from them.  The seal therefore guards a copied database and its backups, not a stolen
    home folder; the disk of a tablet must be encrypted as well.
    """
    name = re.sub(r"[^\w-]", lambda found: f"%{ord(found[0]):x}", staff_no)
    folder = home / "users" / name
    return Store(folder / "store.db", _key(folder / "store.key"))


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        key = secrets.token_bytes(sm4.KEY_SIZE)
        write_atomically(path, key.hex().encode())
    path.chmod(0o600)
    return key
