"""Slow, broken and hostile peers cost nothing."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent import futures
from pathlib import Path

import pytest
from OpenSSL import SSL

from crypto.cert import Profile
from crypto.tls import Front, context
from tests.crypto.tls.world import (
    SECONDS,
    Echo,
    Pki,
    Refusals,
    World,
    call,
    raw,
    running,
    shake_hands,
    sm_context,
    until,
)


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


@pytest.mark.parametrize("end", [half_close, reset])
def test_session_survives_a_lost_network(
    world: World, end: Callable[[SSL.Connection], None]
) -> None:
    context_kept = sm_context(world.client)
    with raw(world.front.port, context_kept) as tls:
        shake_hands(tls)
        session = tls.get_session()
        end(tls)
        until(lambda: world.front.connections == 0)
    assert session
    with raw(world.front.port, context_kept) as tls:
        tls.set_session(session)
        shake_hands(tls)
        assert context.resumed(tls)


def test_peers_that_do_not_read_hold_the_senders_back(pki: Pki, folder: Path) -> None:
    """A server that sends without end is stopped by clients that do not read, and goes on."""
    total = 32_000_000
    sent: list[int] = []
    inner = socket.socket(socket.AF_UNIX)
    inner.bind(str(folder / "flood.sock"))
    inner.listen()
    front = Front(pki.issue("server", Profile.SERVER), folder / "flood.sock", "127.0.0.1", 0)
    front.start()

    def flood(mark: bytes) -> int:
        line, _ = inner.accept()
        done = 0
        with line:
            while done < total:
                done += line.send(mark * 64_000)
                sent.append(done)
        return done

    context_of_client = sm_context(pki.issue("client"))
    with (
        futures.ThreadPoolExecutor(2) as pool,
        raw(front.port, context_of_client) as first,
        raw(front.port, context_of_client) as second,
    ):
        flooding = []
        for tls, mark in ((first, b"1"), (second, b"2")):
            tls.do_handshake()
            flooding.append((tls, mark, pool.submit(flood, mark)))
            settled(lambda: len(sent))
        assert max(sent) < total // 2  # kernel buffers and one burst, not memory of ours
        assert idle()
        for tls, mark, flooded in flooding:
            received = bytearray()
            while len(received) < total:
                received += tls.recv(65536)
            assert received.count(mark) == len(received) == flooded.result(SECONDS)
    front.stop(0)
    inner.close()


def test_server_that_does_not_read_holds_the_client_back(pki: Pki, folder: Path) -> None:
    total = 64_000_000
    sent: list[int] = []
    inner = socket.socket(socket.AF_UNIX)
    inner.bind(str(folder / "deaf.sock"))
    inner.listen()
    front = Front(pki.issue("server", Profile.SERVER), folder / "deaf.sock", "127.0.0.1", 0)
    front.start()

    def pour(tls: SSL.Connection) -> None:
        while sum(sent) < total:
            sent.append(tls.send(bytes(64_000)))

    with raw(front.port, sm_context(pki.issue("client"))) as tls:
        tls.do_handshake()
        line, _ = inner.accept()
        pourer = threading.Thread(target=pour, args=(tls,))
        pourer.start()
        assert settled(lambda: sum(sent)) < total // 4
        assert idle()
        received = 0
        while received < total:
            received += len(line.recv(65536))
        pourer.join(SECONDS)
        assert received == sum(sent)
        line.close()
    front.stop(0)
    inner.close()


def idle() -> bool:
    """Whether this process hardly computes for a third of a second."""
    before = time.process_time()
    threading.Event().wait(0.3)
    return time.process_time() - before < 0.1


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
