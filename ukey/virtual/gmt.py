"""The GM/T 0017 application of the software card: one application, one container, one key pair."""

from crypto.sm3 import equal
from ukey import gmt0017 as gmt
from ukey import pin as pins
from ukey.errors import SW
from ukey.virtual.chip import ADMIN, ATTEMPTS, CERTIFICATE_LIMIT, USER, Chip, Refused, random
from ukey.virtual.command import Command

APPLICATION = gmt.STANDARD.application.encode()
APPLICATION_HANDLE = b"\x10\x00"
CONTAINER_HANDLE = b"\x30\x01"
NAME_LIMIT = 64
BITS = gmt.SM2_BITS.to_bytes(4, "big")
INS_SET_LABEL = 0x02
INS_CLOSE_APPLICATION = 0x28
INS_CLOSE_CONTAINER = 0x44
LABEL_LENGTH = 32
BEFORE_APPLICATION = frozenset(
    {gmt.INS_DEVICE_INFO, gmt.INS_RANDOM, gmt.INS_ENUM_APPLICATIONS, gmt.INS_OPEN_APPLICATION}
)


class GmtApplication:
    """Answers commands of class 80."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._known = {
            gmt.INS_DEVICE_INFO: self._device_info,
            gmt.INS_RANDOM: self._random,
            gmt.INS_ENUM_APPLICATIONS: self._enum_applications,
            gmt.INS_OPEN_APPLICATION: self._open_application,
            INS_CLOSE_APPLICATION: self._close_application,
            gmt.INS_PIN_INFO: self._pin_info,
            gmt.INS_VERIFY_PIN: self._verify_pin,
            gmt.INS_CHANGE_PIN: self._change_pin,
            gmt.INS_UNBLOCK_PIN: self._unblock,
            gmt.INS_CLEAR: self._clear,
            gmt.INS_ENUM_CONTAINERS: self._enum_containers,
            gmt.INS_CREATE_CONTAINER: self._create_container,
            gmt.INS_OPEN_CONTAINER: self._open_container,
            INS_CLOSE_CONTAINER: self._close_container,
            gmt.INS_GENERATE_SM2: self._generate,
            gmt.INS_SIGN_SM2: self._sign,
            gmt.INS_EXPORT_PUBLIC_KEY: self._export_public_key,
            gmt.INS_IMPORT_CERTIFICATE: self._import_certificate,
            gmt.INS_EXPORT_CERTIFICATE: self._export_certificate,
        }
        self.reset()

    def reset(self) -> None:
        """Forget everything that does not outlast the power."""
        self._application_open = False
        self._container_open = False
        self._verified = False
        self._challenge = b""

    def answer(self, command: Command) -> bytes:
        """The data of the answer; raises Refused."""
        if command.ins not in self._known:
            raise Refused(SW.UNKNOWN_INS)
        if command.ins not in BEFORE_APPLICATION:
            opened = self._application_open and command.data[:2] == APPLICATION_HANDLE
            if not opened:
                raise Refused(SW.APPLICATION_CLOSED)
        return self._known[command.ins](command)

    def _device_info(self, _: Command) -> bytes:
        memory = self._chip.memory
        fields = (
            (memory.manufacturer, 64),
            ("Ambulance CA", 64),
            (memory.label, 32),
            (memory.serial, 32),
        )
        texts = b"".join(text.encode()[:width].ljust(width, b"\0") for text, width in fields)
        return (b"\x01\x00\x01\x00" + texts).ljust(gmt.DEVICE_INFO_LENGTH, b"\0")

    def _random(self, command: Command) -> bytes:
        self._challenge = random(command.le or 0)
        return self._challenge

    def _enum_applications(self, _: Command) -> bytes:
        return APPLICATION + b"\0\0"

    def _open_application(self, command: Command) -> bytes:
        if command.data != APPLICATION:
            raise Refused(SW.NO_APPLICATION)
        self.reset()  # whoever opens starts without the PIN of who was here before
        self._application_open = True
        return bytes(4) + b"\x01\x01\x00\x00" + APPLICATION_HANDLE

    def _close_application(self, command: Command) -> bytes:
        _only(command, 2)
        self.reset()
        return b""

    def _pin_info(self, command: Command) -> bytes:
        who = _who(command)
        _only(command, 2)
        return bytes([ATTEMPTS, self._chip.left(who), self._chip.is_default(who)])

    def _verify_pin(self, command: Command) -> bytes:
        who = _who(command)
        _only(command, 2 + pins.BLOCK)
        random = self._used_challenge()
        self._verified = False
        self._chip.try_pin(
            who, lambda key: equal(pins.STANDARD.proof(key, random), command.data[2:])
        )
        self._verified = who == USER
        return b""

    def _change_pin(self, command: Command) -> bytes:
        who = _who(command)
        self._chip.set_pin(who, self._new_pin(command, who), default=False)
        return b""

    def _unblock(self, command: Command) -> bytes:
        if _who(command) != USER:
            raise Refused(SW.BAD_PARAMETERS)
        self._chip.set_pin(USER, self._new_pin(command, ADMIN), default=True)
        return b""

    def _new_pin(self, command: Command, by: int) -> bytes:
        """The PIN wrapped in a command under the key of `by`, whose MAC shows the PIN of `by`."""
        if len(command.data) not in {2 + n * pins.BLOCK + pins.MAC_LENGTH for n in (1, 2)}:
            raise Refused(SW.WRONG_LENGTH)
        random = self._used_challenge()
        self._verified = False
        data, mac = command.data[: -pins.MAC_LENGTH], command.data[-pins.MAC_LENGTH :]
        message = command.header + data
        key = self._chip.try_pin(by, lambda key: equal(pins.mac(key, random, message), mac))
        try:
            return pins.unwrap(key, data[2:])
        except ValueError:
            raise Refused(SW.BAD_DATA) from None

    def _used_challenge(self) -> bytes:
        """The last random number: it serves one attempt only."""
        challenge, self._challenge = self._challenge, b""
        if len(challenge) < pins.RANDOM_LENGTH:
            raise Refused(SW.CONDITIONS)
        return challenge[: pins.RANDOM_LENGTH]

    def _clear(self, command: Command) -> bytes:
        _only(command, 2)
        self._verified = False
        return b""

    def _enum_containers(self, command: Command) -> bytes:
        _only(command, 2)
        name = self._chip.memory.container
        return name.encode() + b"\0\0" if name else b""

    def _create_container(self, command: Command) -> bytes:
        self._need_pin()
        name = command.data[2:]
        if not (0 < len(name) <= NAME_LIMIT and name.isascii() and name.decode().isprintable()):
            raise Refused(SW.BAD_DATA)
        self._chip.set_container(name.decode())
        self._container_open = True
        return CONTAINER_HANDLE

    def _open_container(self, command: Command) -> bytes:
        name = self._chip.memory.container
        if not name or command.data[2:] != name.encode():
            raise Refused(SW.NO_CONTAINER_NAME)
        self._container_open = True
        return CONTAINER_HANDLE

    def _close_container(self, command: Command) -> bytes:
        self._rest(command)
        self._container_open = False
        return b""

    def _generate(self, command: Command) -> bytes:
        bits = self._rest(command)
        self._need_pin()
        if bits != BITS:
            raise Refused(SW.BAD_REFERENCE)
        return self._chip.generate()[1:]

    def _sign(self, command: Command) -> bytes:
        e = self._rest(command)
        self._need_pin()
        if command.p1 != gmt.SIGN_DIGEST:
            raise Refused(SW.BAD_PARAMETERS)
        if self._chip.key is None:
            raise Refused(SW.NO_KEY)
        return BITS + self._chip.sign(self._chip.key, e)

    def _export_public_key(self, command: Command) -> bytes:
        self._rest(command)
        if command.p1 != gmt.FOR_SIGNING or self._chip.key is None:
            raise Refused(SW.NO_KEY)
        return BITS + self._chip.key.public_key.point[1:]

    def _import_certificate(self, command: Command) -> bytes:
        rest = self._rest(command)
        self._need_pin()
        if command.p1 != gmt.FOR_SIGNING:
            raise Refused(SW.BAD_PARAMETERS)
        if len(rest) > 4 + CERTIFICATE_LIMIT:
            raise Refused(SW.NO_ROOM)
        if int.from_bytes(rest[:4], "big") != len(rest) - 4:
            raise Refused(SW.BAD_DATA)
        self._chip.store_certificate(rest[4:])
        return b""

    def _export_certificate(self, command: Command) -> bytes:
        self._rest(command)
        der = self._chip.certificate
        if command.p1 != gmt.FOR_SIGNING or not der:
            raise Refused(SW.NO_CERTIFICATE)
        return len(der).to_bytes(4, "big") + der

    def _rest(self, command: Command) -> bytes:
        """The data behind the two handles, of which the second must name an open container."""
        if not self._container_open or command.data[2:4] != CONTAINER_HANDLE:
            raise Refused(SW.NO_CONTAINER)
        return command.data[4:]

    def _need_pin(self) -> None:
        if not self._verified:
            raise Refused(SW.NOT_ALLOWED)


def _who(command: Command) -> int:
    if command.p1 or command.p2 not in {ADMIN, USER}:
        raise Refused(SW.BAD_PARAMETERS)
    return command.p2


def _only(command: Command, length: int) -> None:
    if len(command.data) != length:
        raise Refused(SW.WRONG_LENGTH)
