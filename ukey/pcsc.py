"""PC/SC readers: the only module that knows pyscard.

Only the plain functions of `smartcard.scard` are used.  pyscard's connection objects disconnect
when they are collected, which can reset the *next* session on the same reader, and its monitor
thread dies with the service.
"""

import time
from collections.abc import Callable, Mapping

from smartcard import scard

from ukey.errors import CardError, NoCard, SessionLost
from ukey.gmt0017 import STANDARD, Profile
from ukey.key import Ukey
from ukey.watch import Event, Watch

WAIT_MS = 1000
# Windows itself and our own other programs look at a new card for a moment
BUSY_SECONDS = 1.0
_PAUSE_SECONDS = 0.05
_NEW_READERS = "\\\\?PnP?\\Notification"

_GONE = frozenset(
    code & 0xFFFFFFFF
    for code in (
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNRESPONSIVE_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_UNKNOWN_READER,
        scard.SCARD_E_NOT_TRANSACTED,
        scard.SCARD_E_INVALID_HANDLE,
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_F_COMM_ERROR,
    )
)
_NO_SERVICE = frozenset(
    code & 0xFFFFFFFF
    for code in (
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_E_INVALID_HANDLE,
        scard.SCARD_F_COMM_ERROR,
    )
)
_SHARING = scard.SCARD_E_SHARING_VIOLATION & 0xFFFFFFFF
_OTHER_PROTOCOL = scard.SCARD_E_PROTO_MISMATCH & 0xFFFFFFFF
_NO_READERS = scard.SCARD_E_NO_READERS_AVAILABLE & 0xFFFFFFFF
_TIMEOUT = scard.SCARD_E_TIMEOUT & 0xFFFFFFFF
_CANCELLED = scard.SCARD_E_CANCELLED & 0xFFFFFFFF
_UNKNOWN_READER = scard.SCARD_E_UNKNOWN_READER & 0xFFFFFFFF


class PcscTokens:
    """The tokens in the readers of this workstation."""

    notice = ""

    def __init__(self, profile: Profile = STANDARD) -> None:
        self._profile = profile

    def readers(self) -> list[str]:
        """Names of the readers that hold a token; raises NoCard when the service is gone."""
        presence = PcscPresence()
        try:
            return sorted(presence.wait(None))
        finally:
            presence.close()

    def open(self) -> Ukey:
        """The one inserted token, held exclusively; raises NoCard, or CardError when several."""
        names = self.readers()
        if not names:
            raise NoCard
        if len(names) > 1:
            raise CardError(0, f"插入了 {len(names)} 个 UKEY，请只保留一个")
        return Ukey.on(PcscConnection(names[0]), names[0], self._profile)

    def watch(self, callback: Callable[[Event], None]) -> Watch:
        """Report insertions and removals on a thread of its own until stopped."""
        return Watch(PcscPresence, callback)


class PcscConnection:
    """A card held with exclusive access; closing it resets the card, which forgets its PIN."""

    def __init__(self, reader: str) -> None:
        self._context = _establish()
        self._handle, self._protocol = 0, 0
        self._open = True
        try:
            self._connect(reader)
        except CardError:
            self.close()
            raise

    def _connect(self, reader: str) -> None:
        deadline = time.monotonic() + BUSY_SECONDS
        code, handle, protocol = self._try(reader)
        while code == _SHARING and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            code, handle, protocol = self._try(reader)
        if code in _GONE:
            raise NoCard(code=code)
        _check(code)
        self._handle, self._protocol = handle, protocol

    def _try(self, reader: str) -> tuple[int, int, int]:
        # extended length needs T=1 where the card offers it
        for wanted in (scard.SCARD_PROTOCOL_T1, scard.SCARD_PROTOCOL_T0):
            code, handle, protocol = scard.SCardConnect(
                self._context, reader, scard.SCARD_SHARE_EXCLUSIVE, wanted
            )
            if code & 0xFFFFFFFF != _OTHER_PROTOCOL:
                break
        return code & 0xFFFFFFFF, handle, protocol

    def transmit(self, command: bytes) -> bytes:
        """The card's answer with its status word; raises SessionLost when it is gone."""
        if not self._open:
            raise SessionLost
        pci = (
            scard.SCARD_PCI_T1 if self._protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        )
        code, answer = scard.SCardTransmit(self._handle, pci, list(command))
        _check(code)
        if not answer:  # pulled in the middle: some drivers call that a success without an answer
            raise SessionLost
        return bytes(answer)

    def close(self) -> None:
        """Reset the card and release the reader; what is gone already stays gone."""
        if not self._open:
            return
        self._open = False
        if self._handle:
            scard.SCardDisconnect(self._handle, scard.SCARD_RESET_CARD)
        scard.SCardReleaseContext(self._context)


class PcscPresence:
    """A PC/SC context that waits for changes in any reader."""

    def __init__(self) -> None:
        self._context = _establish()
        self._states: dict[str, int] = {}

    def wait(self, known: Mapping[str, int] | None) -> dict[str, int]:
        """Readers with a card that answers, see `watch.Presence`; raises CardError."""
        self._list(fresh=known is None)
        states = [*self._states.items(), (_NEW_READERS, len(self._states) << 16)]
        timeout = 0 if known is None else WAIT_MS
        code, news = scard.SCardGetStatusChange(self._context, timeout, states)
        if code & 0xFFFFFFFF == _UNKNOWN_READER:  # unplugged since it was listed
            self._list(fresh=False)
        elif code & 0xFFFFFFFF not in {_TIMEOUT, _CANCELLED}:
            _check(code, NoCard)
            self._note(news)
        return {name: state >> 16 for name, state in self._states.items() if _usable(state)}

    def cancel(self) -> None:
        """Wake a waiting thread."""
        scard.SCardCancel(self._context)

    def close(self) -> None:
        """Release the context."""
        scard.SCardReleaseContext(self._context)

    def _list(self, fresh: bool) -> None:
        code, names = scard.SCardListReaders(self._context, [])
        if code & 0xFFFFFFFF == _NO_READERS:
            names = []
        else:
            _check(code, NoCard)
        old = {} if fresh else self._states
        self._states = {name: old.get(name, scard.SCARD_STATE_UNAWARE) for name in names}

    def _note(self, news: list[tuple[str, int, list[int]]]) -> None:
        for name, state, _atr in news:
            if name in self._states:
                self._states[name] = state & ~scard.SCARD_STATE_CHANGED


def _usable(state: int) -> bool:
    return bool(state & scard.SCARD_STATE_PRESENT) and not state & scard.SCARD_STATE_MUTE


def _establish() -> int:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(code, NoCard)
    return int(context)


def _check(code: int, gone: type[NoCard] = SessionLost) -> None:
    """Raise the typed error for a PC/SC return code; pyscard gives them signed or not."""
    code &= 0xFFFFFFFF
    if code == scard.SCARD_S_SUCCESS:
        return
    if code == _SHARING:
        raise CardError(code, "UKEY 正被其他程序使用，请关闭该程序后重试")
    if code in _NO_SERVICE and gone is NoCard:
        raise NoCard("智能卡服务未运行，请联系管理员", code)
    if code in _GONE:
        raise gone(code=code)
    raise CardError(code, f"读卡器错误 {code:08X}，请拔出 UKEY 后重新插入")
