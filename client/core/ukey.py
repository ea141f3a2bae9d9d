"""The one UKEY worker thread, and what is known of the inserted key; the only importer of ukey."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from crypto.cert import Certificate
from crypto.errors import CryptoError
from crypto.sm2 import PublicKey
from ukey.errors import CardError, NoCard, SessionLost, WrongPin
from ukey.key import Tokens, Ukey
from ukey.key import tokens as installed_tokens
from ukey.watch import Event, Watch

__all__ = ["CardError", "KeyState", "KeyWorker", "NoCard", "SessionLost", "Signing", "WrongPin"]
T = TypeVar("T")
log = logging.getLogger(__name__)


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
        if self.trouble:
            return self.trouble
        if not self.service:
            return "智能卡服务未运行"
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
        self._tokens = tokens or self._installed()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ukey")
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._closed = False
        self._watch = self._watching()

    @property
    def notice(self) -> str:
        """What must be shown all the time, such as that the keys are software of a trial."""
        return self._tokens.notice if self._tokens else ""

    def sign(
        self,
        pin: str,
        texts: Sequence[bytes] | Callable[[bytes], Sequence[bytes]],
        owner: QObject,
        done: Callable[[Signing], None],
        failed: Callable[[CardError], None],
        each: Callable[[int, bytes], None] | None = None,
    ) -> Job:
        """Verify the PIN once and sign each text by itself (SM2 with SM3, default user id).

        texts may be composed from the certificate found (DER); that runs on the worker's thread.
        each is told the number (from 0) and the signature of every text as soon as it is signed.
        """
        job = Job()

        def work(key: Ukey) -> Signing:
            certificate = _der(key)
            key.verify_pin(pin)
            wanted = texts(certificate) if callable(texts) else texts
            point = PublicKey.from_point(key.public_key())
            signatures = []
            for text in wanted:
                if job.cancelled:
                    break
                signatures.append(key.sign_digest(point.digest(text)))
                if each:
                    self._post(_Told(owner, each, len(signatures) - 1, signatures[-1]))
            return Signing(certificate, signatures)

        self.run(work, owner, done, failed, job)
        return job

    def run(
        self,
        work: Callable[[Ukey], T],
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
        if self._watch:
            self._watch.stop()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _installed(self) -> Tokens | None:
        try:
            return installed_tokens()
        except NoCard as error:
            self.state = KeyState(service=False, trouble=str(error))
            return None

    def _watching(self) -> Watch | None:
        if self._tokens is None:
            return None
        return self._tokens.watch(lambda event: self._post(lambda: self._noted(event)))

    def _visit(self, work: Callable[[Ukey], T]) -> T:
        if self._tokens is None:
            raise NoCard(self.state.trouble)
        with self._tokens.open() as key:  # leaving it clears the PIN
            return work(key)

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
        number = certificate.subject_serial or ""
        self._set(
            KeyState(
                present=True,
                certificate=der,
                holder=certificate.common_name.removesuffix(number).strip(),
                staff_no=number,
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
    """A report of progress, whose listener may be gone when it arrives."""

    def __init__(self, owner: QObject, tell: Callable[..., None], *arguments: object) -> None:
        self._owner, self._tell, self._arguments = owner, tell, arguments

    def __call__(self) -> None:
        if isValid(self._owner):
            self._tell(*self._arguments)


def _der(key: Ukey) -> bytes:
    """The certificate in the key; raises CardError when it holds none a program can read."""
    der = key.certificate()
    Certificate.from_der(der)
    return der


def _refusal(error: BaseException) -> CardError:
    if isinstance(error, CardError):
        return error
    if isinstance(error, CryptoError):
        return CardError(0, f"UKEY 里的证书无法使用（{error}），请联系管理员")
    log.error("the key's worker failed", exc_info=error)
    return CardError(0, "使用 UKEY 时出错，请拔出后重新插入；仍不行请联系管理员")
