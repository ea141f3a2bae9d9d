"""The ISO 7816-4/8 applet of the software card."""

from collections.abc import Callable
from functools import partial

from crypto.sm3 import equal
from ukey import iso7816 as iso
from ukey import pin as pins
from ukey.errors import SW
from ukey.virtual.chip import ADMIN, USER, Chip, Refused, random
from ukey.virtual.command import Command

PROFILE = iso.STANDARD
FILL = pins.MAX_LENGTH


class IsoApplet:
    """Answers commands of class 00."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.reset()

    def reset(self) -> None:
        """Forget everything that does not outlast the power."""
        self._selected = False
        self._verified = False

    def answer(self, command: Command) -> bytes:
        """The data of the answer; raises Refused."""
        if command.ins == iso.INS_SELECT:
            return self._select(command)
        known = {
            iso.INS_CHALLENGE: self._challenge,
            iso.INS_VERIFY: self._verify,
            iso.INS_CHANGE_REFERENCE: self._change_pin,
            iso.INS_RESET_RETRY: self._unblock,
            iso.INS_GENERATE: self._key_pair,
            iso.INS_PSO: self._sign,
            iso.INS_GET_DATA: self._get,
            iso.INS_PUT_DATA: self._put,
        }
        if command.ins not in known:
            raise Refused(SW.UNKNOWN_INS)
        if not self._selected:
            raise Refused(SW.CONDITIONS)
        return known[command.ins](command)

    def _select(self, command: Command) -> bytes:
        if (command.p1, command.p2) != (iso.SELECT_BY_AID, 0):
            raise Refused(SW.BAD_PARAMETERS)
        self.reset()
        if command.data != PROFILE.aid:
            raise Refused(SW.NO_APPLET)
        self._selected = True
        name = b"\x84" + bytes([len(PROFILE.aid)]) + PROFILE.aid
        return b"\x6f" + bytes([len(name)]) + name

    def _challenge(self, command: Command) -> bytes:
        return random(command.le or 0)

    def _verify(self, command: Command) -> bytes:
        _user_pin_only(command)
        if not command.data:
            return self._status()
        self._verified = False
        self._chip.try_pin(USER, _same(_pin(command.data, 1)[0]))
        self._verified = True
        return b""

    def _status(self) -> bytes:
        if self._verified:
            return b""
        left = self._chip.left(USER)
        raise Refused(0x63C0 | left if left else SW.PIN_BLOCKED)

    def _change_pin(self, command: Command) -> bytes:
        _user_pin_only(command)
        old, new = _pin(command.data, 2)
        self._verified = False
        self._chip.try_pin(USER, _same(old))
        self._chip.set_pin(USER, new, default=False)
        return b""

    def _unblock(self, command: Command) -> bytes:
        _user_pin_only(command)
        admin, new = _pin(command.data, 2)
        self._verified = False
        self._chip.try_pin(ADMIN, _same(admin))
        self._chip.set_pin(USER, new, default=True)
        return b""

    def _key_pair(self, command: Command) -> bytes:
        if command.p1 == iso.GENERATE_NEW:
            self._need_pin()
            return iso.POINT_HEAD + self._chip.generate()
        if command.p1 != iso.READ_PUBLIC:
            raise Refused(SW.BAD_PARAMETERS)
        if self._chip.key is None:
            raise Refused(SW.NO_OBJECT)
        return iso.POINT_HEAD + self._chip.key.public_key.point

    def _sign(self, command: Command) -> bytes:
        if (command.p1, command.p2) != iso.SIGN:
            raise Refused(SW.BAD_PARAMETERS)
        self._need_pin()
        if self._chip.key is None:
            raise Refused(SW.NO_OBJECT)
        return self._chip.sign(self._chip.key, command.data)

    def _get(self, command: Command) -> bytes:
        memory = self._chip.memory
        known = {
            PROFILE.certificate: self._chip.certificate,
            PROFILE.label: memory.label.encode(),
            PROFILE.serial: memory.serial.encode(),
            PROFILE.manufacturer: memory.manufacturer.encode(),
        }
        value = known.get(command.p1 << 8 | command.p2)
        if not value:
            raise Refused(SW.NO_OBJECT)
        return value

    def _put(self, command: Command) -> bytes:
        self._need_pin()
        if command.p1 << 8 | command.p2 != PROFILE.certificate:
            raise Refused(SW.NO_OBJECT)
        self._chip.store_certificate(command.data)
        return b""

    def _need_pin(self) -> None:
        if not self._verified:
            raise Refused(SW.NOT_ALLOWED)


def _user_pin_only(command: Command) -> None:
    if (command.p1, command.p2) != (0, PROFILE.pin_reference):
        raise Refused(SW.BAD_PARAMETERS)


def _pin(data: bytes, count: int) -> list[bytes]:
    """The PINs of a command, each filled up with zeros to 16 bytes."""
    if len(data) != count * FILL:
        raise Refused(SW.WRONG_LENGTH)
    parts = [data[at : at + FILL].rstrip(PROFILE.pin_fill) for at in range(0, len(data), FILL)]
    if count > 1 and len(parts[-1]) < pins.MIN_LENGTH:
        raise Refused(SW.BAD_DATA)  # before the old PIN costs an attempt
    return parts


def _same(pin: bytes) -> Callable[[bytes], bool]:
    """Whether a stored key is that of this PIN, in constant time."""
    return partial(equal, pins.STANDARD.key(pin))
