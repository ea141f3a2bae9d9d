"""gRPC through SM TLS: it carries calls, names the peer, and lets nobody else in."""

import os
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from logging import getLogger
from pathlib import Path

import grpc
import pytest
from cryptography.hazmat.bindings._rust import _openssl
from OpenSSL import SSL

from crypto.cert import Certificate, Profile
from crypto.tls import Front, Peers, TlsError, TlsFiles, Tunnel, context
from tests.crypto.tls_world import (
    SECONDS,
    Echo,
    Pki,
    Refusals,
    World,
    call,
    method_of,
    open_channel,
    private_folder,
    raw,
    running,
    shake_hands,
    sm_context,
    unchecking,
    until,
)

_lib = _openssl.lib


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


@pytest.fixture
def pki(folder: Path) -> Pki:
    return Pki(folder)


@pytest.fixture
def echo(folder: Path) -> Iterator[Echo]:
    echo = Echo(folder)
    yield echo
    echo.stop()


@pytest.fixture
def world(pki: Pki, folder: Path, echo: Echo) -> Iterator[World]:
    with running(pki, folder, echo) as world:
        yield world


@pytest.fixture
def refusals() -> Iterator[Refusals]:
    handler = Refusals()
    getLogger("crypto.tls.front").addHandler(handler)
    yield handler
    getLogger("crypto.tls.front").removeHandler(handler)


def der(files: TlsFiles) -> bytes:
    return Certificate.from_pem(files.certificate.read_bytes()).der


# carrying calls


def test_both_ends_name_the_same_connection(world: World) -> None:
    with world.channel() as (channel, tunnel):
        peer = world.front.peer(call(channel, "Peer").decode())
        assert peer.certificate == der(world.client)
        assert peer.exporter == tunnel.exporter()
        assert len(peer.exporter) == 32
        assert peer.address.startswith("127.0.0.1:")
        assert tunnel.server_certificate() == der(world.server)
        assert tunnel.failure is None


def test_peer_is_unknown_after_its_connection(world: World) -> None:
    with world.channel() as (channel, _):
        name = call(channel, "Peer").decode()
    until(lambda: world.front.connections == 0)
    with pytest.raises(KeyError):
        world.front.peer(name)


def test_big_message_both_ways(world: World) -> None:
    message = os.urandom(20_000_000)
    with world.channel() as (channel, _):
        assert call(channel, request=message) == message


def test_fifty_clients_at_once(world: World) -> None:
    def one(number: int) -> tuple[bytes, bytes]:
        with world.channel() as (channel, tunnel):
            assert call(channel, request=b"%d" % number) == b"%d" % number
            peer = world.front.peer(call(channel, "Peer").decode())
            return peer.exporter, tunnel.exporter()

    with futures.ThreadPoolExecutor(50) as pool:
        pairs = list(pool.map(one, range(50)))
    assert all(server == client for server, client in pairs)
    assert len({server for server, _ in pairs}) == 50


def test_reconnecting_resumes_with_a_new_exporter(world: World) -> None:
    changes: queue.Queue[None] = queue.Queue()
    port = world.front.port
    tunnel = Tunnel(
        world.client, "127.0.0.1", port, "localhost", on_change=lambda: changes.put(None)
    )
    target = tunnel.start()
    seen = []
    for _ in range(3):
        with open_channel(target) as channel:
            peer = world.front.peer(call(channel, "Peer").decode())
            assert peer.certificate == der(world.client)
            assert peer.exporter == tunnel.exporter()
            seen.append((tunnel.resumed(), peer.exporter))
            changes.get(timeout=SECONDS)  # connected
        changes.get(timeout=SECONDS)  # ended
        with pytest.raises(TlsError):
            tunnel.exporter()
    tunnel.stop()
    assert [resumed for resumed, _ in seen] == [False, True, True]
    assert len({exporter for _, exporter in seen}) == 3


@pytest.mark.parametrize("end", ["half_close", "reset"])
def test_session_survives_a_lost_network(world: World, end: str) -> None:
    context_kept = sm_context(world.client)
    with raw(world.front.port, context_kept) as tls:
        shake_hands(tls)
        session = tls.get_session()
        {"half_close": half_close, "reset": reset}[end](tls)
        until(lambda: world.front.connections == 0)
    assert session
    with raw(world.front.port, context_kept) as tls:
        tls.set_session(session)
        shake_hands(tls)
        assert context.resumed(tls)


# the seven refusals of an SM-only server


def plain_context(**choices: bytes) -> SSL.Context:
    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    made.set_min_proto_version(SSL.TLS1_3_VERSION)
    made.set_tls13_ciphersuites(choices.get("suites", b"TLS_SM4_GCM_SM3"))
    groups = choices.get("groups", b"curveSM2")
    assert _lib.SSL_CTX_set1_curves_list(made._context, groups) == 1
    made.set_alpn_protos([b"h2"])
    return made


def aes_client(_world: World) -> SSL.Context:
    return plain_context(
        suites=b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", groups=b"X25519:P-256"
    )


def tls_1_2_client(_world: World) -> SSL.Context:
    made = SSL.Context(SSL.TLS_CLIENT_METHOD)
    made.set_max_proto_version(SSL.TLS1_2_VERSION)
    return made


def x25519_client(_world: World) -> SSL.Context:
    return plain_context(groups=b"X25519")


def aes_on_sm2_client(_world: World) -> SSL.Context:
    return plain_context(suites=b"TLS_AES_128_GCM_SHA256")


def anonymous_client(_world: World) -> SSL.Context:
    return plain_context()


def revoked_client(world: World) -> SSL.Context:
    world.pki.revoke(world.client)
    return sm_context(world.client)


def impostor(world: World) -> SSL.Context:
    with private_folder() as folder:  # an authority of the same name with another key
        theirs = Pki(folder).issue("impostor")
        return sm_context(
            TlsFiles(theirs.certificate, theirs.private_key, world.server.roots, None)
        )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (aes_client, "no shared cipher"),
        (tls_1_2_client, "unsupported protocol"),
        (x25519_client, "no suitable key share"),
        (aes_on_sm2_client, "no shared cipher"),
        (anonymous_client, "peer did not return a certificate"),
        (revoked_client, "吊销"),
        (impostor, "certificate verify failed"),
    ],
)
def test_refused(
    world: World, refusals: Refusals, make: Callable[[World], SSL.Context], words: str
) -> None:
    with raw(world.front.port, make(world)) as tls, pytest.raises(SSL.Error):
        shake_hands(tls)
    assert words in refusals.next()
    until(lambda: world.front.half_open == 0)
    with world.tunnel(world.pki.issue("another")) as tunnel, open_channel(tunnel.start()) as good:
        assert call(good) == b"hello"


def test_standard_library_client_is_refused(world: World, refusals: Refusals) -> None:
    stock = ssl.create_default_context()
    stock.check_hostname, stock.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", world.front.port)) as sock,
        pytest.raises(ssl.SSLError),
    ):
        stock.wrap_socket(sock)
    assert "no shared cipher" in refusals.next()


def test_client_of_another_protocol_is_refused(world: World, refusals: Refusals) -> None:
    web = sm_context(world.client)
    web.set_alpn_protos([b"http/1.1"])
    with raw(world.front.port, web) as tls, pytest.raises(SSL.Error):
        shake_hands(tls)
    assert "TLS connection of" in refusals.next()


# certificates, seen from grpcio


def refuse(world: World, files: TlsFiles, name: str = "localhost") -> str:
    """Call with these files; return what the tunnel tells the user."""
    with world.tunnel(files, name) as tunnel, open_channel(tunnel.start()) as channel:
        with pytest.raises(grpc.RpcError) as refused:
            call(channel)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        until(lambda: tunnel.failure is not None)
        with pytest.raises(TlsError):
            tunnel.exporter()
        return str(tunnel.failure)


@pytest.mark.parametrize("name", ["elsewhere.example", "127.0.0.2", "server"])
def test_server_with_another_name_is_refused(world: World, name: str) -> None:
    assert "服务器名称不符" in refuse(world, world.client, name)


def test_server_is_known_by_its_address_too(world: World) -> None:
    with world.tunnel(name="127.0.0.1") as tunnel, open_channel(tunnel.start()) as channel:
        assert call(channel) == b"hello"


def test_revoked_client_is_told(world: World) -> None:
    world.pki.revoke(world.client)
    with private_folder() as folder:  # a client that has not got the new list yet
        stale = folder / "crl.pem"
        stale.write_bytes(world.pki.authority.revoke_list(1, []))
        old = replace(world.client, crl=stale)
        assert "本机证书已吊销" in refuse(world, old)


def test_revoked_server_is_refused(world: World) -> None:
    with private_folder() as folder:  # only the client knows
        fresh = folder / "crl.pem"
        serial = Certificate.from_der(der(world.server)).serial
        fresh.write_bytes(world.pki.authority.revoke_list(9, [(serial, "key_compromise")]))
        files = replace(world.client, crl=fresh)
        assert "对方证书已吊销" in refuse(world, files)


def test_outdated_crl_refuses_everyone(world: World, refusals: Refusals) -> None:
    world.pki.write_crl(now=datetime.now(UTC) - timedelta(days=8), days=7)
    assert "吊销列表已过期" in refuse(world, world.client)
    with raw(world.front.port, plain_with_certificate(world.client)) as tls:
        with pytest.raises(SSL.Error):
            shake_hands(tls)
        until(lambda: "吊销列表已过期" in refusals.next())


def plain_with_certificate(files: TlsFiles) -> SSL.Context:
    made = plain_context()
    made.use_certificate_chain_file(str(files.certificate))
    made.use_privatekey_file(str(files.private_key))
    return made


def test_expired_client_is_told(world: World) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3)
    assert "本机证书或吊销列表已过期" in refuse(
        world, world.pki.issue("old", days=1, not_before=long_ago)
    )


@pytest.mark.parametrize("profile", [Profile.SERVER, Profile.CODE])
def test_certificate_for_something_else_is_refused(world: World, profile: Profile) -> None:
    assert "拒绝" in refuse(world, world.pki.issue("other", profile))


def test_server_posing_with_a_workstation_certificate(pki: Pki, echo: Echo) -> None:
    front = Front(pki.issue("ws"), echo.path, "127.0.0.1", 0)
    front.start()
    tunnel = Tunnel(pki.issue("client"), "127.0.0.1", front.port, "localhost")
    with open_channel(tunnel.start()) as channel, pytest.raises(grpc.RpcError):
        call(channel)
    until(lambda: tunnel.failure is not None)
    assert "对方证书" in str(tunnel.failure)
    tunnel.stop()
    front.stop(0)


# files that change


def test_new_crl_holds_for_the_next_connection_even_a_resumed_one(world: World) -> None:
    with world.tunnel() as tunnel:
        target = tunnel.start()
        with open_channel(target) as channel:
            assert call(channel) == b"hello"
            world.pki.revoke(world.client)
            assert call(channel) == b"hello"  # the open connection is the server's own affair
        with open_channel(target) as channel, pytest.raises(grpc.RpcError):
            call(channel)
        until(lambda: tunnel.failure is not None)
        assert "本机证书已吊销" in str(tunnel.failure)


def test_no_session_outlives_the_crl(pki: Pki, folder: Path, echo: Echo) -> None:
    pki.write_crl(now=datetime.now(UTC) - timedelta(days=7) + timedelta(seconds=3), days=7)
    with running(pki, folder, echo) as world:
        with world.tunnel(unchecking(world.client)) as tunnel:
            target = tunnel.start()
            resumed = []

            def refused() -> bool:
                with open_channel(target) as channel:
                    try:
                        call(channel)
                    except grpc.RpcError:
                        return True
                    resumed.append(tunnel.resumed())
                    return False

            until(refused)
        assert any(resumed)


def test_spoilt_crl_leaves_the_earlier_one_in_force(world: World, refusals: Refusals) -> None:
    getLogger("crypto.tls.context").addHandler(refusals)
    world.pki.crl.write_bytes(b"-----BEGIN X509 CRL-----\nMII")
    with world.tunnel(unchecking(world.client)) as tunnel, open_channel(tunnel.start()) as channel:
        assert call(channel) == b"hello"
    assert "stay in force" in refusals.next()
    getLogger("crypto.tls.context").removeHandler(refusals)


def test_renewed_server_certificate_needs_no_restart(world: World) -> None:
    with world.channel() as (channel, tunnel):
        call(channel)
        before = tunnel.server_certificate()
    renewed = world.pki.issue("server", Profile.SERVER)
    with world.channel() as (channel, tunnel):
        call(channel)
        assert tunnel.server_certificate() == der(renewed) != before


def test_missing_crl_file_is_refused_at_the_start(pki: Pki, echo: Echo) -> None:
    files = pki.issue("server", Profile.SERVER)
    pki.crl.unlink()
    with pytest.raises(FileNotFoundError):
        Front(files, echo.path, "127.0.0.1", 0)


def test_folder_open_to_others_is_refused(pki: Pki, folder: Path, echo: Echo) -> None:
    front = Front(pki.issue("server", Profile.SERVER), echo.path, "127.0.0.1", 0)
    folder.chmod(0o755)
    with pytest.raises(PermissionError):
        front.start()


# slow, broken and hostile peers


def test_stalled_handshake_is_dropped_at_the_deadline(pki: Pki, folder: Path, echo: Echo) -> None:
    with (
        running(pki, folder, echo, handshake_seconds=0.3) as world,
        socket.create_connection(("127.0.0.1", world.front.port)) as sock,
    ):
        sock.settimeout(SECONDS)
        sock.sendall(b"\x16\x03\x01")
        until(lambda: world.front.half_open == 1)
        assert sock.recv(1) == b""
        sock.close()
        until(lambda: world.front.half_open == 0)
        with world.channel() as (channel, _):
            assert call(channel) == b"hello"


def test_too_many_half_open_are_refused(pki: Pki, folder: Path, echo: Echo) -> None:
    with running(pki, folder, echo, max_half_open=3) as world:
        address = ("127.0.0.1", world.front.port)
        waiting = [socket.create_connection(address) for _ in range(3)]
        until(lambda: world.front.half_open == 3)
        with socket.create_connection(address, SECONDS) as late:
            assert late.recv(1) == b""
        assert world.front.half_open == 3
        waiting.pop().close()
        until(lambda: world.front.half_open == 2)
        with world.channel() as (channel, _):
            assert call(channel) == b"hello"
        for sock in waiting:
            sock.close()


def test_too_many_connections_are_refused(pki: Pki, folder: Path, echo: Echo) -> None:
    with running(pki, folder, echo, max_connections=1) as world, world.channel() as (channel, _):
        assert call(channel) == b"hello"
        with socket.create_connection(("127.0.0.1", world.front.port), SECONDS) as late:
            assert late.recv(1) == b""
        assert call(channel) == b"hello"


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\xff\xff" + bytes(65535),
        bytes(100_000),
    ],
)
def test_garbage_is_refused(world: World, refusals: Refusals, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", world.front.port), SECONDS) as sock:
        try:
            sock.sendall(garbage)
            while sock.recv(4096):
                pass
        except ConnectionError:
            pass
    assert "TLS connection of" in refusals.next()
    with world.channel() as (channel, _):
        assert call(channel) == b"hello"


def test_half_closed_and_aborted_peers_leave_nothing(world: World) -> None:
    def files_open() -> int:
        return len(os.listdir("/proc/self/fd"))

    with world.channel() as (channel, _):  # so that grpc has opened what it keeps
        call(channel)
    until(lambda: world.front.connections == 0)
    before = files_open()
    for end in (say_goodbye, half_close, reset):
        with raw(world.front.port, sm_context(world.client)) as tls:
            tls.do_handshake()
            until(lambda: world.front.connections == 1)
            end(tls)
            until(lambda: world.front.connections == 0)
    until(lambda: files_open() <= before)


def say_goodbye(tls: SSL.Connection) -> None:
    tls.shutdown()
    with pytest.raises(SSL.ZeroReturnError):
        read_on(tls)
    tls.sock_shutdown(socket.SHUT_WR)


def read_on(tls: SSL.Connection) -> None:
    while tls.recv(65536):
        pass


def half_close(tls: SSL.Connection) -> None:
    tls.sock_shutdown(socket.SHUT_WR)


def reset(tls: SSL.Connection) -> None:
    sock = tls._socket
    assert sock is not None
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def test_peer_that_does_not_read_holds_the_sender_back(pki: Pki, folder: Path) -> None:
    """A server that sends without end is stopped by a client that does not read, and goes on."""
    total = 64_000_000
    sent: list[int] = []
    inner = socket.socket(socket.AF_UNIX)
    inner.bind(str(folder / "flood.sock"))
    inner.listen()
    front = Front(pki.issue("server", Profile.SERVER), folder / "flood.sock", "127.0.0.1", 0)
    front.start()

    def flood() -> None:
        line, _ = inner.accept()
        with line:
            while sum(sent) < total:
                sent.append(line.send(bytes(64_000)))

    flooder = threading.Thread(target=flood)
    flooder.start()
    with raw(front.port, sm_context(pki.issue("client"))) as tls:
        tls.do_handshake()
        stalled = settled(lambda: sum(sent))
        assert stalled < total // 4  # kernel buffers and one burst, not memory of ours
        received = 0
        while received < total:
            received += len(tls.recv(65536))
        flooder.join(SECONDS)
        assert received == sum(sent)
    front.stop(0)
    inner.close()


def settled(measure: Callable[[], int]) -> int:
    """The measure once it has stayed above nothing and the same for 30 looks."""
    last, same = 0, 0

    def still() -> bool:
        nonlocal last, same
        now = measure()
        same = same + 1 if now == last and now else 0
        last = now
        return same > 30

    until(still)
    return last


# stopping


def test_stop_lets_a_running_call_finish(world: World) -> None:
    with world.channel() as (channel, _), futures.ThreadPoolExecutor(1) as pool:
        running_call = method_of(channel, "Hold").future(b"", timeout=SECONDS)
        world.echo.peers.get(timeout=SECONDS)
        port = world.front.port
        stopping = pool.submit(world.front.stop, SECONDS)
        until(lambda: refuses_connections(port))
        assert not stopping.done()
        world.echo.release.put(b"done")
        assert running_call.result() == b"done"
        world.echo.stop(0)
        stopping.result(SECONDS / 2)  # ended by draining, not by its grace


def refuses_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionError:  # refused, or reset while it waited to be accepted
        return True
    return False


def test_stop_closes_what_does_not_end(pki: Pki, folder: Path, echo: Echo) -> None:
    with running(pki, folder, echo) as world, world.channel() as (channel, tunnel):
        call(channel)
        tunnel.exporter()
        world.front.stop(0.1)
        until(lambda: isinstance(_state(tunnel), TlsError))


def _state(tunnel: Tunnel) -> bytes | TlsError:
    try:
        return tunnel.exporter()
    except TlsError as error:
        return error


def test_unreachable_server_is_told(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    tunnel = Tunnel(world.client, "127.0.0.1", port, "localhost")
    with open_channel(tunnel.start()) as channel, pytest.raises(grpc.RpcError):
        call(channel)
    until(lambda: tunnel.failure is not None)
    assert "连接不上服务器" in str(tunnel.failure)
    tunnel.stop()


def test_missing_inner_server_ends_the_connection(pki: Pki, folder: Path) -> None:
    front = Front(pki.issue("server", Profile.SERVER), folder / "none.sock", "127.0.0.1", 0)
    front.start()
    with raw(front.port, sm_context(pki.issue("client"))) as tls:
        tls.do_handshake()
        with pytest.raises(SSL.Error):
            tls.recv(1)
    until(lambda: front.half_open == 0)
    front.stop(0)


# several workers behind one front


def test_workers_take_turns_and_ask_for_their_peers(pki: Pki, folder: Path, echo: Echo) -> None:
    second, control = Echo(folder, "second.sock"), folder / "peers.sock"
    workers = [echo.path, second.path]
    front = Front(pki.issue("server", Profile.SERVER), workers, "127.0.0.1", 0, control=control)
    front.start()
    client = pki.issue("client")
    assert control.stat().st_mode & 0o777 == 0o600
    peers = Peers(control)
    for worker in (echo, second, echo):
        tunnel = Tunnel(client, "127.0.0.1", front.port, "localhost")
        with open_channel(tunnel.start()) as channel:
            held = method_of(channel, "Hold").future(b"", timeout=SECONDS)
            name = worker.peers.get(timeout=SECONDS)
            peer = peers.peer(name)
            assert peer == front.peer(name)
            assert peer.exporter == tunnel.exporter()
            worker.release.put(b"")
            held.result()
        tunnel.stop()
    with pytest.raises(KeyError):
        peers.peer("unix-abstract:amb-unknown-1")
    peers.close()
    second.stop()
    front.stop(0)
    with pytest.raises(OSError):
        peers.peer("unix-abstract:amb-unknown-1")
    peers.close()


def test_dead_worker_is_passed_over(pki: Pki, folder: Path, echo: Echo) -> None:
    workers = [folder / "dead.sock", echo.path]
    front = Front(pki.issue("server", Profile.SERVER), workers, "127.0.0.1", 0)
    front.start()
    client = pki.issue("client")
    for _ in range(3):
        tunnel = Tunnel(client, "127.0.0.1", front.port, "localhost")
        with open_channel(tunnel.start()) as channel:
            assert call(channel) == b"hello"
        tunnel.stop()
    front.stop(0)


def test_the_group_is_really_forced(world: World) -> None:
    with raw(world.front.port, sm_context(world.client)) as tls:
        tls.do_handshake()
        assert tls.get_group_name() == context.GROUP
        assert tls.get_cipher_name() == context.SUITE
