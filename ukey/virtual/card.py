"""The software card: one chip under two command sets, kept in a file."""

import logging
import threading
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Self

from ukey import pin as pins
from ukey.apdu import CHAIN
from ukey.errors import SW, CardError
from ukey.virtual import require_allowed
from ukey.virtual.chip import Chip, Memory, Refused, Secret
from ukey.virtual.command import Command, Link, is_get_response, parse
from ukey.virtual.gmt import GmtApplication
from ukey.virtual.iso import IsoApplet

log = logging.getLogger(__name__)

MANUFACTURER = "AMB Software"
CLA_GMT = 0x80
NAME_LIMIT = 32  # bytes for label and serial in the device information of GM/T 0017

_HEAD = bytes.fromhex("3B8F8001804F0CA00000030603") + bytes(6)
# T=0 and T=1 offered; a reader refuses the card if the check byte is wrong
ATR = _HEAD + bytes([reduce(xor, _HEAD[1:])])


class VirtualCard:
    """A UKEY made of software; any number of threads may talk to it, one at a time.

    Raises CardError where the software UKEY is not allowed or its file cannot be read.
    """

    ATR = ATR

    def __init__(self, path: Path | str) -> None:
        require_allowed()
        self.path = Path(path).absolute()
        self._lock = threading.Lock()
        self._chip = Chip(self.path)
        self._link = Link()
        self._iso = IsoApplet(self._chip)
        self._gmt = GmtApplication(self._chip)

    @classmethod
    def create(cls, path: Path | str, label: str, serial: str, pin: str, admin_pin: str) -> Self:
        """A new card at `path` without key and certificate; PINs have 6..16 characters."""
        require_allowed()
        if max(len(label.encode()), len(serial.encode())) > NAME_LIMIT:
            raise CardError(SW.BAD_DATA, f"名称和序列号各不超过 {NAME_LIMIT} 字节")
        keys = [pins.STANDARD.key(pins.check(one)).hex() for one in (admin_pin, pin)]
        secrets = [Secret(key) for key in keys]
        Chip.create(Path(path), Memory(label, serial, MANUFACTURER, secrets))
        return cls(path)

    def reset(self) -> None:
        """Lose and regain power: PIN state and open handles are gone, the file is read again."""
        with self._lock:
            self._chip.load()
            self._link.reset()
            self._iso.reset()
            self._gmt.reset()

    def transmit(self, command: bytes) -> bytes:
        """The answer to one command APDU, never an exception."""
        with self._lock:
            try:
                return self._answer(parse(command))
            except Refused as refused:
                return refused.sw.to_bytes(2, "big")
            except Exception:
                # a card outlives any input; tests look for this line
                log.exception("the card failed on %s", command[:5].hex())
                return SW.INTERNAL.to_bytes(2, "big")

    def _answer(self, command: Command) -> bytes:
        if is_get_response(command):
            return self._link.more(command)
        self._link.drop()
        whole = self._link.whole(command)
        if whole is None:
            return SW.OK.to_bytes(2, "big")
        return self._link.framed(self._applet(whole).answer(whole), whole.le)

    def _applet(self, command: Command) -> IsoApplet | GmtApplication:
        if command.cla & ~CHAIN == 0:
            return self._iso
        if command.cla == CLA_GMT:
            return self._gmt
        raise Refused(SW.UNKNOWN_CLA)
