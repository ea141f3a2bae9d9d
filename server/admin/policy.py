"""Access-control rows carry a MAC: a row changed past the program grants nothing."""

from datetime import date

from crypto import sm3
from server.core.sealing import KEYRING


def role_mac(role_id: int, kind: int, scope: int, state: int, permissions: list[str]) -> bytes:
    """The MAC of what a role grants."""
    text = f"role\0{role_id}\0{kind}\0{scope}\0{state}\0" + "\0".join(sorted(permissions))
    return sm3.hmac(KEYRING.keys.policy, text.encode())


def grant_mac(person_id: int, role_id: int, until_on: date | None) -> bytes:
    """The MAC of one person's role."""
    return sm3.hmac(KEYRING.keys.policy, f"grant\0{person_id}\0{role_id}\0{until_on}".encode())
