"""The server: what every RPC passes through, from the TLS connection to the audit row."""

import logging
import secrets
from collections.abc import Callable
from concurrent import futures
from datetime import UTC, datetime
from typing import Any, NoReturn

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from protos import facts, signing
from protos.common.session_pb2 import Faults
from server.core import audit, replay
from server.core.app import App
from server.core.call import NOBODY, Call
from server.core.errors import BusinessError, Forbidden, Invalid, NotLoggedIn, Stale, TooLarge

log = logging.getLogger(__name__)
MAX_MESSAGE = 16 * 1024 * 1024
_TRIES = 3  # of a transaction the database gave up for another

Context = grpc.ServicerContext


class Server:
    """Serves the services of an App over gRPC on one address."""

    def __init__(self, app: App, address: str) -> None:
        self.app = app
        self._grpc = grpc.server(
            futures.ThreadPoolExecutor(app.settings.threads, thread_name_prefix="rpc"),
            options=[
                # Somewhat more than we take, so that we refuse and log it, not gRPC in silence.
                ("grpc.max_receive_message_length", 2 * MAX_MESSAGE),
                ("grpc.max_send_message_length", 4 * MAX_MESSAGE),
                ("grpc.so_reuseport", 0),
            ],
        )
        self._grpc.add_generic_rpc_handlers(tuple(self._handlers()))
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        self._grpc.add_insecure_port(address)

    def start(self) -> None:
        """Serve until stop."""
        self._grpc.start()
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace: float) -> None:
        """Take no new calls, let the running ones end within grace seconds."""
        self._health.enter_graceful_shutdown()
        self._grpc.stop(grace).wait()

    def _handlers(self) -> "list[grpc.GenericRpcHandler[Any, Any]]":
        by_service: dict[str, dict[str, Any]] = {}
        for method, run in self.app.registry.methods():
            handler = grpc.unary_unary_rpc_method_handler(Handler(self.app, method, run))
            by_service.setdefault(method.containing_service.full_name, {})[method.name] = handler
        return [grpc.method_handlers_generic_handler(n, m) for n, m in by_service.items()]


class Handler:
    """Serves one RPC: raw request bytes in, raw answer bytes out.

    The request stays as it came, because a signature covers its bytes.
    """

    def __init__(self, app: App, method: MethodDescriptor, run: Callable[..., Message]) -> None:
        self._app = app
        self._method = method
        self._run = run
        self._prepare = app.registry.preparation(method)
        self._terms = facts.of_rpc(method)
        self._request = facts.request_class(method)
        self._reads = facts.is_read(method)
        service = app.registry.by_name[method.containing_service.full_name]
        self._codes = getattr(service, "refusal_codes", {})  # of shared refusals, by class
        self._kept = not (self._terms.open or self._terms.quiet)  # the answer, for a repetition

    def __call__(self, raw: bytes, context: Context) -> bytes:
        call = Call(self._app, None, NOBODY, self._method, datetime.now(UTC))  # type: ignore[arg-type]
        try:
            call.peer = self._app.peer(context.peer())
            answer = (
                self._read(call, raw, context) if self._reads else self._write(call, raw, context)
            )
        except BusinessError as error:
            self._refuse(call, context, error)
        except StaleDataError:
            self._refuse(call, context, Stale())
        except IntegrityError as error:
            log.warning("%s broke a constraint: %s", self._method.full_name, error.orig)
            self._refuse(call, context, BusinessError("与已有数据冲突，请刷新后检查是否重复"))
        except Exception as error:
            self._fail(call, context, error)
        for job in call.after_commit:
            job()
        if call.changed:
            context.set_trailing_metadata(((signing.CHANGED, ",".join(sorted(call.changed))),))
        return answer

    def _read(self, call: Call, raw: bytes, context: Context) -> bytes:
        with self._app.sessions.read() as db:
            call.db = db
            request = self._admitted(call, raw, context)
            answer = self._run(call, request).SerializeToString()
        if call.personal_reads or self._terms.logged:
            self._app.reads.put(audit.reading_of(call))
        return answer

    def _write(self, call: Call, raw: bytes, context: Context) -> bytes:
        prepared = self._prepared(call, raw, context)
        for attempt in range(_TRIES):
            try:
                return self._write_once(call, raw, context, prepared)
            except _UndoneError as undone:
                call.changed.clear()
                call.sealed.clear()
                call.after_commit.clear()
                return undone.answer
            except IntegrityError:
                # Perhaps the same request at the same time: then its answer is there now.
                if attempt or not (self._kept or self._terms.quiet):
                    raise
            except OperationalError as error:
                if attempt == _TRIES - 1 or not _gave_way(error):
                    raise
            call = self._again(call)
        raise AssertionError("unreachable")

    def _prepared(self, call: Call, raw: bytes, context: Context) -> tuple[object, ...]:
        """What takes long, done for a caller who may ask for it, before anybody has to wait."""
        if self._prepare is None:
            return ()
        with self._app.sessions.read() as db:
            call.db = db
            request = self._admitted(call, raw, context)
        return (self._prepare(call, request),)

    def _again(self, call: Call) -> Call:
        call.changed.clear()
        call.sealed.clear()
        call.after_commit.clear()
        return call

    def _write_once(
        self, call: Call, raw: bytes, context: Context, prepared: tuple[object, ...]
    ) -> bytes:
        with self._app.sessions.write() as db:
            call.db = db
            changes = audit.watch(db)
            request = self._admitted(call, raw, context)
            if self._kept and (known := replay.earlier(call, raw)) is not None:
                return known
            self._verify_signature(call, raw, context)
            answer = self._run(call, request, *prepared).SerializeToString()
            if call.undo:
                raise _UndoneError(answer)
            db.flush()
            if self._kept:
                replay.keep(call, raw, answer)
            if not self._terms.quiet:
                self._app.log.append(db, audit.rows_of(call, changes))
        return answer

    def _admitted(self, call: Call, raw: bytes, context: Context) -> Message:
        """The request, after who asks, permission, form and facts were checked."""
        metadata = dict(context.invocation_metadata())
        call.request_id = str(metadata.get(signing.REQUEST, ""))
        if not self._terms.open:
            call.user = self._app.identify(call, _binary(metadata.get(signing.SESSION)))
            if not self._terms.session and not call.user.may_call(self._method):
                raise Forbidden(f"没有权限：{self._terms.label or self._method.name}")
        if len(raw) > MAX_MESSAGE:
            raise TooLarge(f"内容超过{MAX_MESSAGE >> 20}兆，请分几次提交")
        try:
            request = self._request.FromString(raw)
        except DecodeError as error:
            raise Invalid.at("", "请求的格式不对，请升级客户端") from error
        if faults := facts.faults(request):
            raise Invalid(*faults)
        return request

    def _verify_signature(self, call: Call, raw: bytes, context: Context) -> None:
        if self._terms.signed:
            call.signed = self._app.verify_call(call, raw, dict(context.invocation_metadata()))

    def _refuse(self, call: Call, context: Context, error: BusinessError) -> NoReturn:
        self._note_refusal(call, error)
        log.info("refused", extra={"rpc": self._method.full_name, "code": error.code.name})
        if isinstance(error, Invalid):
            faults = Faults(faults=[Faults.Fault(path=f.path, text=f.text) for f in error.faults])
            context.set_trailing_metadata(((signing.FAULTS, faults.SerializeToString()),))
        code = self._codes.get(type(error))
        context.abort(error.code, f"{error}（{code}）" if code else str(error))

    def _fail(self, call: Call, context: Context, error: Exception) -> NoReturn:
        number = secrets.token_hex(4).upper()
        extra = {"error_id": number}
        log.error("%s failed", self._method.full_name, exc_info=error, extra=extra)
        self._note_refusal(call, f"服务器内部错误 {number}")
        context.set_trailing_metadata(((signing.ERROR_ID, number),))
        context.abort(grpc.StatusCode.INTERNAL, f"服务器内部错误，编号 {number}，请告知信息科")

    def _note_refusal(self, call: Call, error: BusinessError | str) -> None:
        if self._reads and isinstance(error, BusinessError) and not isinstance(error, _NOTED):
            return
        try:
            with self._app.sessions.write() as db:
                self._app.log.append(db, [audit.refusal_of(call, error)])
        except DBAPIError:
            log.exception("a refusal could not be written to the audit log")


class _UndoneError(Exception):
    """Leaves the transaction without committing it; the answer goes out all the same."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.answer = answer


def _binary(value: str | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""


_NOTED = (Forbidden, NotLoggedIn, TooLarge)


def _gave_way(error: OperationalError) -> bool:
    """Whether the database ended the transaction for another one's sake (deadlock, busy)."""
    code = getattr(error.orig, "sqlstate", None)
    return code in ("40001", "40P01") or "locked" in str(error.orig)
