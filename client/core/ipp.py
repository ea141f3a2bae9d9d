"""IPP, the language of printing systems (RFC 8010, 8011): requests to CUPS and its answers.

Only what a desktop needs: attributes in and out, one document with a request, over CUPS's local
socket or a port. Calls block and belong on a background thread.
"""

import getpass
import http.client
import itertools
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

SOCKETS = (Path("/run/cups/cups.sock"), Path("/var/run/cups/cups.sock"))
SETTINGS = (Path.home() / ".cups/client.conf", Path("/etc/cups/client.conf"))
PORT = 631
PATIENCE = 20  # s the printing system may take to answer

PRINT_JOB, VALIDATE_JOB, CANCEL_JOB = 0x0002, 0x0004, 0x0008
JOB_ATTRIBUTES, PRINTER_ATTRIBUTES = 0x0009, 0x000B
DEFAULT_PRINTER, PRINTERS, MOVE_JOB = 0x4001, 0x4002, 0x400D

OPERATION, JOB, END, PRINTER, UNSUPPORTED = 0x01, 0x02, 0x03, 0x04, 0x05
INTEGER, BOOLEAN, ENUM, RANGE, COLLECTION = 0x21, 0x22, 0x23, 0x33, 0x34
NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
COLLECTION_END = 0x37

Attributes = dict[str, list[Any]]
_numbers = itertools.count(1)


class Unreachable(Exception):
    """No printing system answers here."""


class Refused(Exception):
    """The printing system answered that it will not; `status` as in RFC 8011, appendix B."""

    def __init__(self, status: int, text: str, unsupported: Attributes) -> None:
        super().__init__(text)
        self.status, self.text, self.unsupported = status, text, unsupported


class Answer:
    """The groups of attributes an operation was answered with."""

    def __init__(self, data: bytes) -> None:
        self.status, self.groups = _decode(data)

    def first(self, tag: int) -> Attributes:
        """The first group of a kind; empty if there is none."""
        return next((group for kind, group in self.groups if kind == tag), {})

    def all(self, tag: int) -> list[Attributes]:
        """Every group of a kind."""
        return [group for kind, group in self.groups if kind == tag]


def server() -> str:
    """Where CUPS is: CUPS_SERVER, a client.conf, the local socket, or this machine's port 631."""
    if named := os.environ.get("CUPS_SERVER") or _configured():
        return named
    return next((str(path) for path in SOCKETS if path.exists()), f"localhost:{PORT}")


def printer_uri(queue: str) -> str:
    """A queue as IPP names it."""
    return f"ipp://localhost/printers/{queue}"


def call(
    operation: int,
    target: Mapping[str, tuple[int, Any]],
    job: Mapping[str, tuple[int, Any]] | None = None,
    document: bytes = b"",
    path: str = "/",
) -> Answer:
    """Ask for an operation; raises Refused or Unreachable.

    `target` are operation attributes after charset and language, `job` the job's; each is
    (tag, value) or (tag, list of values).
    """
    body = request(operation, target, job or {}) + document
    try:
        found = Answer(_post(path, body))
    except (OSError, http.client.HTTPException, struct.error) as error:
        raise Unreachable(str(error)) from error
    if found.status >= 0x0100:
        operation_group = found.first(OPERATION)
        text = str((operation_group.get("status-message") or [""])[0])
        raise Refused(found.status, text, found.first(UNSUPPORTED))
    return found


def request(
    operation: int, target: Mapping[str, tuple[int, Any]], job: Mapping[str, tuple[int, Any]]
) -> bytes:
    """A request in RFC 8010's encoding, without a document."""
    head: dict[str, tuple[int, Any]] = {
        "attributes-charset": (CHARSET, "utf-8"),
        "attributes-natural-language": (LANGUAGE, "en"),
        **target,
        "requesting-user-name": (NAME, _user()),
    }
    parts = [struct.pack(">BBHIB", 2, 0, operation, next(_numbers) & 0x7FFFFFFF, OPERATION)]
    parts += _encoded(head)
    if job:
        parts += [bytes([JOB]), *_encoded(job)]
    return b"".join(parts) + bytes([END])


def _encoded(attributes: Mapping[str, tuple[int, Any]]) -> Iterator[bytes]:
    for name, (tag, value) in attributes.items():
        for at, each in enumerate(value if isinstance(value, list) else [value]):
            text = b"" if at else name.encode()
            data = _value(tag, each)
            yield struct.pack(">BH", tag, len(text)) + text + struct.pack(">H", len(data)) + data


def _value(tag: int, value: Any) -> bytes:
    if tag in (INTEGER, ENUM):
        return struct.pack(">i", value)
    if tag == BOOLEAN:
        return bytes([bool(value)])
    return str(value).encode()


def _decode(data: bytes) -> tuple[int, list[tuple[int, Attributes]]]:
    _, status, _ = struct.unpack_from(">HHI", data)
    groups: list[tuple[int, Attributes]] = []
    entries = _entries(data, 8)
    name = ""
    for tag, named, value in entries:
        if tag < 0x10:
            groups.append((tag, {}))
            continue
        name = named or name
        shown = _collection(entries) if tag == COLLECTION else _shown(tag, value)
        groups[-1][1].setdefault(name, []).append(shown)
    return status, groups


def _entries(data: bytes, at: int) -> Iterator[tuple[int, str, bytes]]:
    """(tag, name, value) one after the other; a group's begin has a tag only."""
    while data[at] != END:
        if data[at] < 0x10:
            yield data[at], "", b""
            at += 1
            continue
        tag = data[at]
        (length,) = struct.unpack_from(">H", data, at + 1)
        name = data[at + 3 : at + 3 + length].decode()
        at += 3 + length
        (length,) = struct.unpack_from(">H", data, at)
        yield tag, name, data[at + 2 : at + 2 + length]
        at += 2 + length


def _collection(entries: Iterable[tuple[int, str, bytes]]) -> Attributes:
    """The members up to the end of this collection (RFC 8010, 3.1.6)."""
    found: Attributes = {}
    member = ""
    for tag, _, value in entries:
        if tag == COLLECTION_END:
            break
        if tag == 0x4A:
            member = value.decode()
        elif tag == COLLECTION:
            found.setdefault(member, []).append(_collection(entries))
        else:
            found.setdefault(member, []).append(_shown(tag, value))
    return found


def _shown(tag: int, value: bytes) -> Any:
    if tag in (INTEGER, ENUM) and len(value) == 4:
        return struct.unpack(">i", value)[0]
    if tag == BOOLEAN:
        return value == b"\x01"
    if tag == RANGE and len(value) == 8:
        return struct.unpack(">ii", value)
    return None if tag < 0x20 else value.decode("utf-8", "replace")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _configured() -> str:
    for path in SETTINGS:
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            word, _, value = line.strip().partition(" ")
            if word.lower() == "servername" and value.strip():
                return value.strip()
    return ""


class _Local(http.client.HTTPConnection):
    """HTTP over CUPS's socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection() -> http.client.HTTPConnection:
    where = server().partition("/version=")[0]
    if where.startswith("/"):
        return _Local(where)
    host, _, port = where.rpartition(":") if ":" in where else (where, "", str(PORT))
    return http.client.HTTPConnection(host, int(port), timeout=PATIENCE)


def _post(path: str, body: bytes) -> bytes:
    """The answer's body; over the local socket the system's own word for who we are is enough."""
    headers = {"Content-Type": "application/ipp"}
    for authorization in ("", f"PeerCred {_user()}"):
        if authorization:
            headers["Authorization"] = authorization
        connection = _connection()
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status == http.client.OK:
            return data
        if answer.status != http.client.UNAUTHORIZED:
            break
    raise http.client.HTTPException(f"HTTP {answer.status}")
