"""gRPC through SM TLS: it carries calls, names the peer, and stops in good order."""

import os
import queue
import socket
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from OpenSSL import SSL

from crypto.cert import Profile
from crypto.tls import Front, Peers, TlsError, Tunnel, context
from tests.crypto.tls.world import (
    SECONDS,
    Echo,
    Pki,
    World,
    call,
    der,
    method_of,
    open_channel,
    raw,
    running,
    sm_context,
    until,
)

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


def test_big_messages_both_ways_on_several_connections(world: World) -> None:
    def one(_number: int) -> bool:
        message = os.urandom(20_000_000)
        with world.channel() as (channel, _):
            return call(channel, request=message) == message

    with futures.ThreadPoolExecutor(3) as pool:
        assert all(pool.map(one, range(3)))


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
