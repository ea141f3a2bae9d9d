"""Names of rows made on a device, before any server has seen them: UUIDv7 (RFC 9562)."""

import secrets
import uuid


def new_key(unix_ms: int) -> str:
    """A fresh UUIDv7 for a moment in milliseconds since 1970."""
    high = (unix_ms & (1 << 48) - 1) << 16 | 0x7000 | secrets.randbits(12)
    return str(uuid.UUID(int=high << 64 | 0b10 << 62 | secrets.randbits(62)))
