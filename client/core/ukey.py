"""The one UKEY worker thread, and what is known of the inserted key; the only importer of ukey."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

import ukey
from crypto.cert import Certificate
from crypto.errors import CryptoError
from ukey.errors import CardError, NoCard, SessionLost, WrongPin
from ukey.watch import Event, Watch

__all__ = ["CardError", "KeyState", "KeyWorker", "NoCard", "SessionLost", "Signing", "WrongPin"]
T = TypeVar("T")
log = logging.getLogger(__name__)


class Tokens(Protocol):
    """Where keys come from: `ukey.tokens()`, or a virtual card in this process."""

    def readers(self) -> list[str]:
        """Readers with a usable card."""

    def open(self) -> "ukey.Ukey":
        """The one inserted key, held exclusively."""

    def watch(self, callback: Callable[[Event], None]) -> Watch:
        """Report insertions and removals until stopped."""


class KeyState(NamedTuple):
    """What is known of the key in the reader."""

    present: bool = False
    service: bool = True  # the smart-card service runs
    certificate: bytes = b""  # DER; empty until read
    holder: str = ""
    staff_no: str = ""
    trouble: str = ""  # why the key cannot be used, for the user

    @property
    def usable(self) -> bool:
        """Whether its certificate could be read."""
        return bool(self.certificate)

    @property
    def text(self) -> str:
        """One line for a status bar."""
        if not self.service:
            return "智能卡服务未运行"
        if self.trouble:
            return self.trouble
        if not self.present:
            return "未插入 UKEY"
        return f"UKEY：{self.holder}（{self.staff_no}）" if self.usable else "正在读取 UKEY…"


class Signing(NamedTuple):
    """What one visit to the key answered."""

    certificate: bytes  # DER, of the key that signed
    signatures: list[bytes]  # DER, in the order of the texts


class Job:
    """Something under way at the key."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        """Stop before the next signature; neither done nor failed will be called."""
        self.cancelled = True


class KeyWorker(QObject):
    """Talks to the key on a thread of its own; answers arrive in the GUI thread.

    The PIN is asked for before a job is queued, travels with that job only, and the card forgets
    its state when the job ends: being logged in never signs by itself.
    """

    state_changed = Signal(object)  # KeyState
    removed = Signal()  # a key was pulled, or nobody can say any more whether it is there
    _arrived = Signal(object)

    def __init__(self, tokens: Tokens | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = KeyState()
        self._tokens: Tokens = tokens or ukey.tokens()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ukey")
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._closed = False
        self._watch = self._tokens.watch(lambda event: self._post(lambda: self._noted(event)))

    def sign(
        self,
        pin: str,
        texts: Sequence[bytes] | Callable[[bytes], Sequence[bytes]],
        owner: QObject,
        done: Callable[[Signing], None],
        failed: Callable[[CardError], None],
        progress: Callable[[int], None] = lambda _: None,
    ) -> Job:
        """Verify the PIN once and sign each text by itself (SM2 with SM3, default user id).

        texts may be composed from the certificate found (DER); that runs on the worker's thread.
        """
        job = Job()

        def work(key: ukey.Ukey) -> Signing:
            certificate = _der(key)
            key.verify_pin(pin)
            wanted = texts(certificate) if callable(texts) else texts
            signatures = []
            for number, text in enumerate(wanted, 1):
                if job.cancelled:
                    break
                signatures.append(key.sign_digest(key.public_key.digest(text)))
                self._post(_Told(owner, progress, number))
            return Signing(certificate, signatures)

        self.run(work, owner, done, failed, job)
        return job

    def run(
        self,
        work: "Callable[[ukey.Ukey], T]",
        owner: QObject,
        done: Callable[[T], None],
        failed: Callable[[CardError], None],
        job: Job | None = None,
    ) -> None:
        """Do any work with the opened key on its thread; the card's state is cleared after it."""
        job = job or Job()
        future = self._thread.submit(self._visit, work)

        def deliver() -> None:
            if job.cancelled or future.cancelled() or not isValid(owner):
                return
            self._finish(future, done, failed)

        future.add_done_callback(lambda _: self._post(deliver))

    def close(self) -> None:
        """End the watcher and the worker; waits for a job under way."""
        self._closed = True
        self._watch.stop()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _visit(self, work: "Callable[[ukey.Ukey], T]") -> T:
        key = self._tokens.open()
        try:
            return work(key)
        finally:
            _leave(key)

    def _finish(
        self, future: Future[T], done: Callable[[T], None], failed: Callable[[CardError], None]
    ) -> None:
        error = future.exception()
        if error is None:
            done(future.result())
            return
        failed(_refusal(error))
        if isinstance(error, SessionLost):
            self._gone(KeyState(service=self.state.service))

    def _post(self, job: Callable[[], None]) -> None:
        if not self._closed and isValid(self):
            self._arrived.emit(job)

    def _deliver(self, job: Callable[[], None]) -> None:
        if not self._closed:
            job()

    def _noted(self, event: Event) -> None:
        match event:
            case Event.INSERTED:
                self._set(KeyState(present=True))
                self.run(_der, self, self._read, self._unreadable)
            case Event.REMOVED:
                self._gone(KeyState(service=self.state.service))
            case Event.SERVICE_GONE:
                self._gone(KeyState(service=False))
            case Event.SERVICE_BACK:
                self._set(self.state._replace(service=True))

    def _gone(self, state: KeyState) -> None:
        self._set(state)
        self.removed.emit()

    def _read(self, der: bytes) -> None:
        certificate = Certificate.from_der(der)
        self._set(
            KeyState(
                present=True,
                certificate=der,
                holder=certificate.common_name,
                staff_no=certificate.subject_serial or "",
            )
        )

    def _unreadable(self, error: CardError) -> None:
        if isinstance(error, NoCard):  # gone again; its own event tells
            return
        self._set(KeyState(present=True, trouble=str(error)))

    def _set(self, state: KeyState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


class _Told:
    """A progress report whose listener may be gone when it arrives."""

    def __init__(self, owner: QObject, progress: Callable[[int], None], number: int) -> None:
        self._owner, self._progress, self._number = owner, progress, number

    def __call__(self) -> None:
        if isValid(self._owner):
            self._progress(self._number)


def _der(key: Any) -> bytes:
    """The certificate in the key; raises CardError when it holds none a program can read."""
    der = bytes(key.certificate.der)
    Certificate.from_der(der)
    return der


def _leave(key: Any) -> None:
    try:
        key.clear()
    except CardError as error:  # pulled out meanwhile: nothing is left to clear
        log.info("the key was not cleared: %s", error)
    finally:
        key.close()


def _refusal(error: BaseException) -> CardError:
    if isinstance(error, CardError):
        return error
    if isinstance(error, CryptoError):
        return CardError(0, f"UKEY 里的证书无法使用（{error}），请联系管理员")
    log.error("the key's worker failed", exc_info=error)
    return CardError(0, "使用 UKEY 时出错，请拔出后重新插入；仍不行请联系管理员")
