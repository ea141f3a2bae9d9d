"""Whoever is not of our house, or not any more, is not let in."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography.hazmat.bindings._rust import _openssl
from OpenSSL import SSL

from crypto.cert import Certificate, Profile
from crypto.tls import Front, TlsError, TlsFiles, Tunnel
from tests.crypto.tls.world import (
    Echo,
    Pki,
    Refusals,
    World,
    call,
    der,
    open_channel,
    private_folder,
    raw,
    shake_hands,
    sm_context,
    until,
)

_lib = _openssl.lib


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
