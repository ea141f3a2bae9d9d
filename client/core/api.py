"""The one bridge from gRPC's threads to the GUI thread; the only importer of grpc in the client."""

import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from client.core.ukey import KeyWorker
from protos import facts, signing
from protos.common import list_pb2, lookup_pb2, session_pb2

StatusCode = grpc.StatusCode
SLOW = 0.1  # s a callback may keep the GUI thread before a debug log names it
MAX_MESSAGE = 32 * 1024 * 1024
_OPTIONS = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 8_000),
    ("grpc.initial_reconnect_backoff_ms", 300),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.max_receive_message_length", MAX_MESSAGE),
]
# What to say where the server said nothing a clerk could read.
_TEXTS = {
    StatusCode.UNAVAILABLE: "连接不上服务器，请检查网络后重试；已填写的内容不会丢失",
    StatusCode.DEADLINE_EXCEEDED: "服务器迟迟没有回应，请稍后重试；重试不会重复记账",
    StatusCode.UNAUTHENTICATED: "登录已失效，请重新登录",
    StatusCode.PERMISSION_DENIED: "没有权限做这项操作，需要时请联系管理员",
    StatusCode.RESOURCE_EXHAUSTED: "内容过大或请求过多，请减少内容后重试",
    StatusCode.UNIMPLEMENTED: "服务器没有这项功能，请联系管理员核对版本",
    StatusCode.CANCELLED: "已取消",
    StatusCode.NOT_FOUND: "记录不存在，可能已被删除，请刷新",
    StatusCode.ABORTED: "记录已被他人修改，请刷新后重试",
    StatusCode.ALREADY_EXISTS: "与已有数据冲突，请检查是否重复",
}
_UNCERTAIN = {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED}
_LOGOUT = session_pb2.DESCRIPTOR.services_by_name["SessionService"].methods_by_name["Logout"]
log = logging.getLogger(__name__)


class ApiError(Exception):
    """A call that was refused or did not get through; `text` is Chinese and ready to show."""

    def __init__(
        self,
        code: StatusCode,
        text: str,
        faults: Sequence[facts.Fault] = (),
        error_id: str = "",
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.faults = list(faults)
        self.error_id = error_id

    def __str__(self) -> str:
        return self.text

    @property
    def stale(self) -> bool:
        """Whether somebody else changed the record meanwhile."""
        return self.code is StatusCode.ABORTED

    @property
    def uncertain(self) -> bool:
        """Whether the server may have done it all the same: retry with the same request id."""
        return self.code in _UNCERTAIN

    @property
    def offline(self) -> bool:
        """Whether the server could not be reached in time."""
        return self.code in {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED}

    @property
    def unauthenticated(self) -> bool:
        """Whether the session is gone and the user must log in again."""
        return self.code is StatusCode.UNAUTHENTICATED


class Call:
    """One call under way."""

    def __init__(self, future: Any, request_id: str) -> None:
        self._future = future
        self.request_id = request_id
        self.cancelled = False

    def cancel(self) -> None:
        """Stop waiting: neither done nor failed will be called; a write may still happen."""
        self.cancelled = True  # also of an answer that is here and waits for the GUI thread
        if self._future is not None:
            self._future.cancel()

    def finished(self) -> bool:
        """Whether an answer came or the call was cancelled."""
        return self._future is None or bool(self._future.done())


class Api(QObject):
    """The server as the GUI sees it: calls go out at once, answers come back in the GUI thread.

    gRPC's threads touch this object only, and it outlives every page, so no signal is ever
    emitted on a widget that is being destroyed.
    """

    error = Signal(object)  # ApiError nobody else handles
    changed = Signal(object)  # frozenset of full names of services whose records changed
    session_changed = Signal(object)  # Session or None
    expired = Signal(str)  # the server no longer knows the session; the text to show
    online = Signal(bool)  # the channel became ready or lost the server
    _arrived = Signal(object)

    def __init__(self, target: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Queued even when the answer is already there: a callback must never run before the
        # method that asked for it has returned.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self.names = Names(self)
        self.keys: KeyWorker | None = None  # signs what must be signed
        # Request ids of writes whose outcome is not known, by path and request: pressing the
        # button again repeats the same write instead of doing it twice.
        self.uncertain: dict[tuple[str, bytes], str] = {}
        self.is_online = False
        self.reason: Callable[[], str] = str  # why there is no connection, if the tunnel knows
        self._session: session_pb2.Session | None = None
        self._permissions: frozenset[str] = frozenset()
        self._closed = False
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._channel.subscribe(self._connectivity, try_to_connect=True)

    @property
    def session(self) -> session_pb2.Session | None:
        """Who is logged in; None before the login and after the logout."""
        return self._session

    @session.setter
    def session(self, session: session_pb2.Session | None) -> None:
        if session is None or self._session is None or session.user_id != self._session.user_id:
            self.uncertain.clear()
        self._session = session
        self._permissions = frozenset(session.permissions if session else ())
        self.session_changed.emit(session)

    def may(self, permission: str) -> bool:
        """Whether the user holds a permission."""
        return permission in self._permissions

    def can(self, method: MethodDescriptor) -> bool:
        """Whether the user may call an RPC at all; states and row scope are the server's."""
        terms = facts.of_rpc(method)
        if terms.open:
            return True
        opened = terms.session or bool(facts.permissions_of(method) & self._permissions)
        return self._session is not None and opened

    def call(
        self,
        method: MethodDescriptor,
        request: Message,
        owner: QObject,
        done: Callable[[Any], None],
        failed: Callable[[ApiError], None] | None = None,
        *,
        request_id: str = "",
        nonce: bytes = b"",
        signature: bytes = b"",
        timeout: float = 30,
    ) -> Call:
        """Send request and return at once; done or failed is called later, in the GUI thread.

        Nothing is called once owner is destroyed, the call is cancelled or this is closed.
        Without `failed` an error goes to the signal `error`.  A write without request_id gets
        one of its own; give the same again to repeat a write whose outcome is not known.
        """
        if self._closed:  # leaving: nobody waits for an answer any more
            return Call(None, request_id)
        if not request_id and not facts.is_read(method):
            request_id = new_request_id()
        invoke = self._method(method)
        metadata = self._metadata(method, request_id, nonce, signature)
        future = invoke.future(request, timeout=timeout, metadata=metadata)
        session, call = self._session, Call(future, request_id)

        def deliver() -> None:
            if not (self._closed or call.cancelled) and isValid(owner):
                self._finish(method, future, done, failed, session)

        future.add_done_callback(lambda _: self._post(deliver))
        return call

    def tell(self, error: ApiError) -> None:
        """Hand on a failure nobody handles; of a lost session the lock screen tells."""
        if not error.unauthenticated:
            self.error.emit(error)

    def close(self, timeout: float = 1.0) -> None:
        """Log out if logged in, waiting at most timeout seconds, and close the channel."""
        if self._closed:
            return
        self._closed = True
        self._channel.unsubscribe(self._connectivity)
        self._last(_LOGOUT, list_pb2.Empty(), timeout)
        self._channel.close()

    def last(self, method: MethodDescriptor, request: Message, timeout: float = 1.0) -> bool:
        """A last write before leaving, waited for; answers whether the server confirmed it."""
        return not self._closed and self._last(method, request, timeout)

    def _last(self, method: MethodDescriptor, request: Message, timeout: float) -> bool:
        if self._session is None or not self.is_online:
            return False
        metadata = self._metadata(method, new_request_id(), b"", b"")
        try:
            self._method(method)(request, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:  # leaving anyway: the session ends by itself
            log.info("%s was not confirmed: %s", method.name, error)
            return False
        return True

    def _method(self, method: MethodDescriptor) -> Any:
        return self._channel.unary_unary(
            facts.method_path(method),
            request_serializer=_serialize,
            response_deserializer=facts.answer_class(method).FromString,
        )

    def _metadata(
        self, method: MethodDescriptor, request_id: str, nonce: bytes, signature: bytes
    ) -> tuple[tuple[str, str | bytes], ...]:
        session = self._session.id if self._session else b""
        pairs: list[tuple[str, str | bytes]] = [
            (signing.SESSION, session),
            (signing.REQUEST, request_id),
            (signing.NONCE, nonce),
            (signing.SIGNATURE, signature),
        ]
        return tuple((key, value) for key, value in pairs if value)

    def _post(self, job: Callable[[], None]) -> None:
        """Run job in the GUI thread; called on gRPC's threads."""
        if isValid(self):
            self._arrived.emit(job)

    def _deliver(self, job: Callable[[], None]) -> None:
        began = time.perf_counter()
        job()
        took = time.perf_counter() - began
        if took > SLOW:
            log.debug("a callback kept the window busy for %.0f ms: %r", took * 1000, job)

    def _connectivity(self, state: grpc.ChannelConnectivity) -> None:
        self._post(lambda: self._set_online(state is grpc.ChannelConnectivity.READY))

    def _set_online(self, ready: bool) -> None:
        if ready != self.is_online and not self._closed:
            self.is_online = ready
            self.online.emit(ready)

    def _finish(
        self,
        method: MethodDescriptor,
        future: Any,
        done: Callable[[Any], None],
        failed: Callable[[ApiError], None] | None,
        session: session_pb2.Session | None,
    ) -> None:
        if future.code() is StatusCode.OK:
            answer = future.result()
            self.names.learn(_names_in(answer))
            done(answer)
            self._tell_changes(method, future)
        else:
            self._refuse(method, self._explained(_error(future)), failed, session)

    def _tell_changes(self, method: MethodDescriptor, future: Any) -> None:
        named = str(_trailing(future).get(signing.CHANGED, ""))
        services = {name for name in named.split(",") if name}
        terms = facts.of_rpc(method)
        if not facts.is_read(method) and not terms.session and not terms.open:
            services.add(method.containing_service.full_name)
        if services:
            self.changed.emit(frozenset(services))

    def _explained(self, error: ApiError) -> ApiError:
        if error.code is StatusCode.UNAVAILABLE and (why := self.reason()):
            error.text = why
        return error

    def _refuse(
        self,
        method: MethodDescriptor,
        error: ApiError,
        failed: Callable[[ApiError], None] | None,
        session: session_pb2.Session | None,
    ) -> None:
        lost = error.unauthenticated and not facts.of_rpc(method).open
        if failed is not None:
            failed(error)
        else:
            self.tell(error)
        # A late refusal of an earlier session says nothing about the one that began since.
        if lost and session is self._session:
            self.expired.emit(error.text)


class Names:
    """What the records are called that ids refer to, as far as the server told."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._texts: dict[tuple[str, int], str] = {}

    def learn(self, names: Iterable[list_pb2.RefName]) -> None:
        """Remember the names that came with an answer."""
        for name in names:
            self._texts[name.service, name.id] = name.text

    def text(self, service: str, id: int) -> str:
        """The name of a record; empty if not known yet."""
        return self._texts.get((service, id), "")

    def fetch(
        self, service: str, ids: Collection[int], owner: QObject, done: Callable[[], None]
    ) -> None:
        """Ask the server for the names not known yet, then call done.

        done is called after an error too, which goes to Api.error: a form without names is
        better than no form.
        """
        missing = sorted({id for id in ids if id and (service, id) not in self._texts})
        if not missing:
            QTimer.singleShot(0, owner, done)
            return

        def failed(error: ApiError) -> None:
            self._api.tell(error)
            done()

        method = lookup_pb2.DESCRIPTOR.services_by_name["LookupService"].methods_by_name["Names"]
        request = lookup_pb2.NamesRequest(service=service, ids=missing)
        self._api.call(method, request, owner, lambda _: done(), failed)


def new_request_id() -> str:
    """A fresh id of a write."""
    return uuid.uuid4().hex


def _serialize(message: Message) -> bytes:
    # Deterministic: the bytes sent are the bytes that were signed.
    return message.SerializeToString(deterministic=True)


def _names_in(answer: Message) -> list[list_pb2.RefName]:
    """The names standing in an answer: in its ListInfo, or in a list of their own."""
    found: list[list_pb2.RefName] = []
    descriptor: Descriptor = answer.DESCRIPTOR  # type: ignore[assignment]
    for field in facts.fields(descriptor):
        kind = field.message_type.full_name if field.message_type else ""
        if kind == "common.ListInfo" and not field.is_repeated:
            found.extend(getattr(answer, field.name).names)
        elif kind == "common.RefName" and field.is_repeated:
            found.extend(getattr(answer, field.name))
    return found


def _trailing(future: Any) -> dict[str, str | bytes]:
    return dict(future.trailing_metadata() or ())


def _error(future: Any) -> ApiError:
    code, details = future.code(), future.details() or ""
    trailing = _trailing(future)
    error_id = str(trailing.get(signing.ERROR_ID, ""))
    faults = session_pb2.Faults.FromString(bytes(trailing.get(signing.FAULTS, b"")))  # type: ignore[arg-type]
    text = _text(code, details, error_id)
    if not _readable(details):
        level = logging.DEBUG if code in _UNCERTAIN else logging.WARNING
        log.log(level, "call failed: %s %s %s", code, details, error_id)
    return ApiError(code, text, [facts.Fault(f.path, f.text) for f in faults.faults], error_id)


def _text(code: StatusCode, details: str, error_id: str) -> str:
    if not _readable(details):
        details = _TEXTS.get(code, "服务器出错，请重试；仍不行请联系管理员")
    if error_id and error_id not in details:
        details = f"{details}（编号 {error_id}）"
    return details


def _readable(text: str) -> bool:
    """Whether a text was written for our users: gRPC's own speak English."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)
