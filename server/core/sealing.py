"""Personal fields at rest: SM4-GCM bound to their row, with a blind index for equal matches.

A model with ``name_sealed: Mapped[bytes | None]`` declares ``name = Sealed("NAME")``; with a column
``name_index: Mapped[bytes | None]`` as well, the value can be found by equality.
"""

import re
from typing import Any, overload

from crypto import sm4
from server.core import keys

_SURELY_DIGITS = re.compile(r"\D")


class Keyring:
    """Where Sealed finds its keys; opened once when the process starts."""

    _keys: keys.Keys | None = None

    def open(self, opened: keys.Keys) -> None:
        """Use these keys from now on."""
        self._keys = opened

    @property
    def keys(self) -> keys.Keys:
        """The opened keys; RuntimeError before open."""
        if self._keys is None:
            raise RuntimeError("no keys were opened")
        return self._keys


KEYRING = Keyring()


def normalise(kind: str, text: str) -> str:
    """One spelling for equal values: ID cards upper case, phones digits only without +86."""
    text = text.strip()
    if kind == "ID_CARD":
        return text.upper()
    if kind == "PHONE":
        return _SURELY_DIGITS.sub("", text.removeprefix("+86"))
    return text


class Sealed:
    """An attribute whose value stands encrypted in the column ``<name>_sealed``."""

    def __init__(self, kind: str = "NAME") -> None:
        self.kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.column = f"{name}_sealed"
        self.index = f"{name}_index"
        self._owner = owner

    @property
    def place(self) -> str:
        """table.column, part of what the ciphertext is bound to."""
        return f"{self._owner.__tablename__}.{self.name}"  # type: ignore[attr-defined]

    @overload
    def __get__(self, record: None, owner: type) -> "Sealed": ...
    @overload
    def __get__(self, record: object, owner: type) -> Any: ...
    def __get__(self, record: object | None, owner: type) -> Any:
        if record is None:
            return self
        sealed = getattr(record, self.column)
        return None if sealed is None else self.open(record.id, sealed)  # type: ignore[attr-defined]

    def __set__(self, record: Any, value: str | None) -> None:
        if value == self.__get__(record, type(record)):
            return
        setattr(record, self.column, self.seal(record.id, value) if value else None)
        if hasattr(type(record), self.index):
            setattr(record, self.index, self.blind(value) if value else None)

    def seal(self, row: int, value: str) -> bytes:
        """The ciphertext of a value in that row."""
        return sm4.seal(KEYRING.keys.field, value.encode(), self._bound_to(row))

    def open(self, row: int, sealed: bytes) -> str:
        """The value; InvalidCiphertext if it was altered or moved from another row."""
        return sm4.unseal(KEYRING.keys.field, sealed, self._bound_to(row)).decode()

    def blind(self, value: str) -> bytes:
        """The blind index of a value."""
        return keys.blind_index(KEYRING.keys.index, self.place, normalise(self.kind, value))

    def _bound_to(self, row: int) -> bytes:
        return f"{self.place}\0{row}".encode()
