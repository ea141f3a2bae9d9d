"""The server's symmetric keys: a small hierarchy under one key-encryption key.

``kek.key`` (16 bytes, 0600) opens ``keys.json``, which holds every other key sealed with SM4-GCM.
In production the KEK comes from the hardware device or the key service; only this file changes.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from crypto import sm3, sm4

_SIZES = {"field": 16, "index": 32, "audit": 32, "token": 32, "pepper": 32, "policy": 32}


@dataclass(frozen=True)
class Keys:
    """What the server seals, indexes, chains and issues tokens with."""

    field: bytes  # SM4: personal fields
    index: bytes  # HMAC-SM3: blind index of personal fields
    audit: bytes  # HMAC-SM3: seed of the audit chain
    token: bytes  # HMAC-SM3: challenges and nonces
    pepper: bytes  # HMAC-SM3: passwords
    policy: bytes  # HMAC-SM3: rows that say who may do what


def create(home: Path) -> None:
    """Make fresh keys under home; refuses to overwrite."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    kek = secrets.token_bytes(16)
    _write_new(home / "kek.key", kek)
    sealed = {
        name: sm4.seal(kek, secrets.token_bytes(size), name.encode()).hex()
        for name, size in _SIZES.items()
    }
    _write_new(home / "keys.json", json.dumps(sealed, indent=1).encode())


def load(home: Path) -> Keys:
    """Open the keys under home; raises InvalidCiphertext when they were altered."""
    kek = (home / "kek.key").read_bytes()
    sealed = json.loads((home / "keys.json").read_bytes())
    opened = {name: sm4.unseal(kek, bytes.fromhex(sealed[name]), name.encode()) for name in _SIZES}
    return Keys(**opened)


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def blind_index(key: bytes, column: str, value: str) -> bytes:
    """Sixteen bytes that are equal for equal values of one column, and tell nothing else."""
    return sm3.hmac(key, column.encode() + b"\0" + value.encode())[:16]
