"""A write, from the button to the answer: confirm, sign, send once, show the refusal."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget
from shiboken6 import isValid

from client.core import entered
from client.core.api import Api, ApiError, Call, StatusCode, new_request_id
from client.core.bulk import Bulk, extent
from client.core.busy import Busy
from client.core.pin import PinDialog
from client.core.ukey import KeyWorker, Signing
from protos import facts, signing
from protos.common import session_pb2

RETRY_AFTER = 700  # ms until the one silent repetition of a call that did not get through
_NONCES = session_pb2.DESCRIPTOR.services_by_name["SessionService"].methods_by_name["Nonces"]
_BUTTON = QMessageBox.StandardButton


def run(
    api: Api,
    owner: QWidget,
    method: MethodDescriptor,
    request: Message,
    done: Callable[[Any], None],
    failed: Callable[[ApiError], None] | None = None,
    *,
    confirm: str = "",
    request_id: str = "",
    subject: str = "",
) -> None:
    """Do a write for owner: confirm if dangerous, sign if the contract says so, send, answer.

    done or failed is called later, at most one of them, once; neither when the user cancels or
    owner is destroyed.  Without `failed` the refusal is shown.  `subject` names the document in
    the question and beside the PIN.
    """
    key = (facts.method_path(method), _bytes(request))
    identity = request_id or api.uncertain.get(key) or new_request_id()
    operation = _Operation(api, owner, method, request, done, failed, identity, key, subject)
    operation.start(confirm)


def run_pile(
    api: Api,
    owner: QWidget,
    method: MethodDescriptor,
    requests: Sequence[Message],
    subjects: Sequence[str],
    done: Callable[[list[str]], None],
    amounts: Sequence[int] | None = None,
) -> None:
    """Do one verb to a pile of 1 to 50 documents; a signed one with a single PIN for all.

    Every document gets its own signature, request id and answer; a refusal does not stop the
    others, a pulled key stops at the document it was pulled at.  done gets a text for each, empty
    where it was done; it is not called when the user cancels before the first signature.
    `amounts`, in fen, are what the documents come to: their sum is told before anything is done.
    """
    bulk = Bulk(api, owner, method, requests, subjects, done, amounts)
    terms = facts.of_rpc(method)
    if not terms.danger:
        bulk.start()
        return
    label = terms.label or method.name
    box = _box(owner, label, f"确定要{label}这 {extent(len(requests), amounts)}吗？")
    box.setInformativeText("\n".join(f"· {subject}" for subject in subjects[:12]))
    yes = box.addButton(label, QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton("取消", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    yes.clicked.connect(lambda _: bulk.start())
    box.open()


def show_error(owner: QWidget, error: ApiError, title: str = "没有完成") -> None:
    """Show a refusal in one dialog that does not stop the event loop."""
    box = _box(owner, title, error.text, QMessageBox.Icon.Warning)
    if error.faults:
        box.setInformativeText("\n".join(f"· {fault.text}" for fault in error.faults[:12]))
    box.addButton("知道了", QMessageBox.ButtonRole.AcceptRole)
    box.open()


class _Operation:
    """One write under way; kept alive by the callbacks it waits for.

    They are lambdas and partials: PySide does not keep the object of a bound method alive that is
    no QObject.
    """

    def __init__(
        self,
        api: Api,
        owner: QWidget,
        method: MethodDescriptor,
        request: Message,
        done: Callable[[Any], None],
        failed: Callable[[ApiError], None] | None,
        request_id: str,
        key: tuple[str, bytes],
        subject: str,
    ) -> None:
        self._api, self._owner, self._method = api, owner, method
        self._request, self._done, self._failed = request, done, failed
        self._request_id, self._key, self._subject = request_id, key, subject
        self._terms = facts.of_rpc(method)
        self._nonce = self._signature = b""
        self._busy: Busy | None = None
        self._call: Call | None = None
        self._repeated = False

    @property
    def _label(self) -> str:
        return self._terms.label or self._method.name

    def start(self, confirm: str) -> None:
        """Ask if there is something to ask, else go on."""
        if not (confirm or self._terms.danger):
            self._sign_or_send()
            return
        what = f"“{self._subject}”" if self._subject else ""
        box = _box(self._owner, self._label, confirm or f"确定要{self._label}{what}吗？")
        yes = box.addButton(self._label, QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton("取消", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no if self._terms.danger else yes)
        box.setEscapeButton(no)
        yes.clicked.connect(lambda _: self._sign_or_send())
        box.open()

    def _sign_or_send(self) -> None:
        if not self._terms.signed:
            self._send()
        elif self._api.keys is None:
            self._refuse(
                ApiError(
                    StatusCode.FAILED_PRECONDITION, "本机不能使用 UKEY，无法签名；请换一台电脑"
                )
            )
        else:
            self._ask_pin(self._api.keys)

    def _ask_pin(self, keys: KeyWorker) -> None:
        details = entered.said(self._method, self._request, self._api.names)
        dialog = PinDialog(keys, self._label, [self._subject], self._owner, details)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.entered.connect(lambda pin: self._prepare(keys, dialog, pin))
        dialog.open()

    def _prepare(self, keys: KeyWorker, dialog: PinDialog, pin: str) -> None:
        """Fetch the nonce, once; the dialog waits."""
        if self._nonce:
            self._sign(keys, dialog, pin)
            return

        def answered(answer: session_pb2.NoncesAnswer) -> None:
            self._nonce = answer.nonces[0]
            self._sign(keys, dialog, pin)

        def refused(error: ApiError) -> None:
            dialog.reject()
            self._refuse(error)

        self._api.call(_NONCES, session_pb2.NoncesRequest(count=1), dialog, answered, refused)

    def _sign(self, keys: KeyWorker, dialog: PinDialog, pin: str) -> None:
        text = signing.call_text(self._method, self._nonce, self._request_id, _bytes(self._request))

        def signed(answer: Signing) -> None:
            self._signature = answer.signatures[0]
            dialog.accept()
            self._send()

        keys.sign(pin, [text], dialog, signed, dialog.refused)

    def _send(self) -> None:
        if self._busy is None:
            self._busy = Busy(self._owner, f"正在{self._label}…", partial(self._stop_waiting))
        self._call = self._api.call(
            self._method,
            self._request,
            self._owner,
            self._answered,
            self._not_done,
            request_id=self._request_id,
            nonce=self._nonce,
            signature=self._signature,
        )

    def _answered(self, answer: Any) -> None:
        self._api.uncertain.pop(self._key, None)
        self._leave()
        self._done(answer)

    def _not_done(self, error: ApiError) -> None:
        if error.code is StatusCode.UNAVAILABLE and not self._repeated:
            self._repeated = True
            QTimer.singleShot(RETRY_AFTER, self._owner, partial(self._send))
            return
        if error.unauthenticated:
            self._wait_for_login()
            return
        self._leave()
        if error.uncertain:
            self._api.uncertain[self._key] = self._request_id
        else:
            self._api.uncertain.pop(self._key, None)
        if error.offline:
            self._offer_retry(error)
        else:
            self._refuse(error)

    def _wait_for_login(self) -> None:
        """A new connection wants a new login: the same write goes on when its user is back."""
        self._api.uncertain[self._key] = self._request_id

        def changed(session: object) -> None:
            self._api.session_changed.disconnect(changed)
            if session is not None and self._busy is not None and isValid(self._owner):
                self._send()

        self._api.session_changed.connect(changed)

    def _offer_retry(self, error: ApiError) -> None:
        box = _box(self._owner, "没有收到服务器的答复", error.text, QMessageBox.Icon.Warning)
        box.setInformativeText("重试不会重复办理。")
        again = box.addButton("重试", QMessageBox.ButtonRole.AcceptRole)
        close = box.addButton("关闭", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(again)
        box.setEscapeButton(close)
        again.clicked.connect(lambda _: self._send())
        if self._failed:
            close.clicked.connect(lambda _: self._refuse(error))
        box.open()

    def _refuse(self, error: ApiError) -> None:
        if self._failed:
            self._failed(error)
        else:
            show_error(self._owner, error, f"没有{self._label}")

    def _stop_waiting(self) -> None:
        if self._call:
            self._call.cancel()
        self._api.uncertain[self._key] = self._request_id
        self._leave()
        text = "已停止等待。服务器可能已经办理，请刷新核对；再按一次也不会重复办理。"
        self._refuse(ApiError(StatusCode.CANCELLED, text))

    def _leave(self) -> None:
        if self._busy is not None and isValid(self._busy):
            self._busy.finish()
        self._busy = None


def _box(
    owner: QWidget, title: str, text: str, icon: QMessageBox.Icon = QMessageBox.Icon.Question
) -> QMessageBox:
    box = QMessageBox(owner)
    box.setIcon(icon)
    box.setWindowTitle(title)
    box.setText(text)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)
