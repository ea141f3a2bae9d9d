"""Files that change hold for the next connection."""

from datetime import UTC, datetime, timedelta
from logging import getLogger
from pathlib import Path

import grpc
import pytest

from crypto.cert import Profile
from crypto.tls import Front
from tests.crypto.tls.world import (
    Echo,
    Pki,
    Refusals,
    World,
    call,
    der,
    open_channel,
    running,
    unchecking,
    until,
)


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
