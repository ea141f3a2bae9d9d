"""One verb for a pile of documents: one PIN, a signature and an answer for each by itself."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from client.core import entered, entry
from client.core.api import Api, ApiError, new_request_id
from client.core.busy import Busy
from client.core.pin import PinDialog
from client.core.ukey import CardError, Job, KeyWorker, Signing
from protos import facts, signing
from protos.common import session_pb2

MOST = 50  # documents one PIN may sign
WITHIN = 120_000  # ms one PIN is good for; what is not signed by then asks again
STOPPED = "已停止，没有办理"
UNSURE = "已停止等待，服务器可能已经办理；请刷新核对，再办一次也不会重复"
_NONCES = session_pb2.DESCRIPTOR.services_by_name["SessionService"].methods_by_name["Nonces"]


def extent(count: int, amounts: Sequence[int] | None) -> str:
    """How much a pile is: 30 份, or, where it is money in fen, 30 张，合计 ¥12,345.00."""
    if amounts is None:
        return f"{count} 份"
    total = sum(amounts)
    return f"{count} 张，合计 {'-' if total < 0 else ''}¥{entry.grouped(abs(total), 2)}"


class Bulk:
    """A pile under way; kept alive by the callbacks it waits for."""

    def __init__(
        self,
        api: Api,
        owner: QWidget,
        method: MethodDescriptor,
        requests: Sequence[Message],
        subjects: Sequence[str],
        done: Callable[[list[str]], None],
        amounts: Sequence[int] | None = None,
    ) -> None:
        told = {len(subjects), len(subjects if amounts is None else amounts)}
        if not 0 < len(requests) <= MOST or told != {len(requests)}:
            raise ValueError(f"a pile has 1 to {MOST} requests, each with its subject and amount")
        self._api, self._owner, self._method = api, owner, method
        self._requests, self._subjects, self._done = list(requests), list(subjects), done
        self._amounts = amounts
        self._label = facts.of_rpc(method).label or method.name
        self._ids = [self._identity(request) for request in self._requests]
        self._nonces = [b""] * len(requests)
        self._outcome: dict[int, str] = {}
        self._sent: set[int] = set()
        self._busy: Busy | None = None
        self._job: Job | None = None
        self._dialog: PinDialog | None = None
        self._stopping: Callable[[], None] = self._stop
        self._visit = 0  # to the key; signatures of an earlier one that ran out are dropped
        self._clock = QTimer(owner, singleShot=True)
        self._clock.timeout.connect(partial(self._run_out))

    def start(self) -> None:
        """Ask for the PIN if the verb is signed, else send."""
        if not facts.of_rpc(self._method).signed:
            self._send_after(0)
        elif self._api.keys is None:
            self._finish_rest("本机不能使用 UKEY，无法签名；请换一台电脑")
        else:
            self._ask(self._api.keys)

    def _ask(self, keys: KeyWorker) -> None:
        places = self._left()
        left = [self._subjects[at] for at in places]
        amounts = None if self._amounts is None else [self._amounts[at] for at in places]
        details = entered.said(self._method, self._requests[0], self._api.names)  # the same for all
        many = extent(len(left), amounts)
        dialog = PinDialog(keys, self._label, left, self._owner, details, many)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.entered.connect(partial(self._prepare, keys))
        self._dialog = dialog
        dialog.open()

    def _left(self) -> list[int]:
        """What was neither sent nor given up."""
        every = range(len(self._requests))
        return [at for at in every if at not in self._sent and at not in self._outcome]

    def _run_out(self) -> None:
        """The time of one PIN is over: ask again for what it did not sign."""
        if self._job is None or self._api.keys is None or not self._left():
            return
        self._job.cancel()
        self._close_dialog()
        self._visit += 1
        self._nonces = [b""] * len(self._requests)
        self._ask(self._api.keys)
        assert self._dialog is not None
        self._dialog.rejected.connect(lambda: self._stop())  # noqa: PLW0108 - keeps this alive

    def _prepare(self, keys: KeyWorker, pin: str) -> None:
        dialog = self._dialog
        assert dialog is not None
        left = self._left()
        if all(self._nonces[at] for at in left):
            self._sign(keys, pin)
            return

        def answered(answer: session_pb2.NoncesAnswer) -> None:
            for at, nonce in zip(left, answer.nonces, strict=True):
                self._nonces[at] = nonce
            self._sign(keys, pin)

        def refused(error: ApiError) -> None:
            dialog.reject()
            self._finish_rest(error.text)

        request = session_pb2.NoncesRequest(count=len(left))
        self._api.call(_NONCES, request, dialog, answered, refused)

    def _sign(self, keys: KeyWorker, pin: str) -> None:
        left, visit = self._left(), self._visit
        texts = [
            signing.call_text(self._method, self._nonces[at], self._ids[at], _bytes(request))
            for at, request in ((at, self._requests[at]) for at in left)
        ]
        owner = self._dialog
        assert owner is not None

        def signed(number: int, signature: bytes) -> None:
            if visit == self._visit:
                self._send(left[number], signature)

        self._job = keys.sign(pin, texts, self._owner, self._signed, self._refused, signed)
        self._clock.start(WITHIN)
        self._stopping = lambda: self._stop()  # noqa: PLW0108 - see operations._Operation
        owner.rejected.connect(self._stopping)

    def _signed(self, _: Signing) -> None:
        self._close_dialog()

    def _refused(self, error: CardError) -> None:
        """Before the first signature the PIN may be typed again; later the rest is not done."""
        if self._dialog is not None and isValid(self._dialog):
            self._dialog.rejected.disconnect(self._stopping)
            self._dialog.refused(error)
        else:
            self._finish_rest(str(error))

    def _send(self, at: int, signature: bytes) -> None:
        if at in self._outcome:
            return  # stopped after the key had signed it
        self._close_dialog()
        self._show_busy()
        self._call(at, signature, lambda: None)

    def _send_after(self, at: int) -> None:
        """Send unsigned requests one after the other."""
        self._show_busy()
        if at < len(self._requests) and at not in self._outcome:
            self._call(at, b"", lambda: self._send_after(at + 1))

    def _call(self, at: int, signature: bytes, then: Callable[[], None]) -> None:
        def note(text: str) -> None:
            self._note(at, text)
            then()

        def failed(error: ApiError) -> None:
            if error.uncertain or error.unauthenticated:
                self._api.uncertain[self._key(self._requests[at])] = self._ids[at]
            note(error.text)

        def done(_: Any) -> None:
            self._api.uncertain.pop(self._key(self._requests[at]), None)
            note("")

        self._sent.add(at)
        self._api.call(
            self._method,
            self._requests[at],
            self._owner,
            done,
            failed,
            request_id=self._ids[at],
            nonce=self._nonces[at],
            signature=signature,
        )

    def _note(self, at: int, text: str) -> None:
        if len(self._outcome) == len(self._requests):
            return  # stopped meanwhile; the answer came all the same
        self._outcome[at] = text
        if len(self._outcome) == len(self._requests):
            self._finish()

    def _finish_rest(self, text: str) -> None:
        """Give up what was not sent; what was sent has its own answer to come."""
        for at in range(len(self._requests)):
            if at not in self._sent:
                self._note(at, text)

    def _finish(self) -> None:
        if isValid(self._clock):
            self._clock.stop()
        if self._busy is not None and isValid(self._busy):
            self._busy.finish()
        self._done([self._outcome[at] for at in range(len(self._requests))])

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
        unanswered = self._sent - self._outcome.keys()
        self._finish_rest(STOPPED)
        for at in sorted(unanswered):
            self._api.uncertain[self._key(self._requests[at])] = self._ids[at]
            self._note(at, UNSURE)

    def _show_busy(self) -> None:
        if self._busy is None:
            text = f"正在{self._label} {len(self._requests)} 份…"
            self._busy = Busy(self._owner, text, partial(self._stop))

    def _close_dialog(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None and isValid(dialog):
            dialog.rejected.disconnect(self._stopping)
            dialog.accept()

    def _identity(self, request: Message) -> str:
        return self._api.uncertain.get(self._key(request)) or new_request_id()

    def _key(self, request: Message) -> tuple[str, bytes]:
        return facts.method_path(self._method), _bytes(request)


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)
