"""The check at start passes here and can fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import cms, libcrypto, provider, selftest
from crypto.__main__ import main
from crypto.errors import SelfTestFailed
from crypto.pure import GmsslProvider
from tests.crypto.forge import now, staff, staff_key, write_trust


def test_it_passes() -> None:
    selftest.run()


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("_E", "SM2 签名"),
        ("_POINT", "SM2 签名"),
        ("_SIGNATURE", "SM2 签名"),
        ("_CIPHERTEXT", "SM2 加密"),
        ("_SM4_KEY", "SM4"),
        ("_GCM_AAD", "SM4-GCM"),
        ("_GCM_SEALED", "SM4-GCM"),
    ],
)
def test_a_wrong_answer_stops_the_program(
    monkeypatch: pytest.MonkeyPatch, value: str, what: str
) -> None:
    right: bytes = getattr(selftest, value)
    monkeypatch.setattr(selftest, value, right[:-1] + bytes([right[-1] ^ 1]))
    with pytest.raises(SelfTestFailed, match=f"（{what}）"):
        selftest.run()


def test_the_fallback_gives_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "current", GmsslProvider)
    selftest.run()


@pytest.fixture
def no_libcrypto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(libcrypto, "_names", lambda: ["no-such-library"])
        libcrypto.library.cache_clear()
        provider.current.cache_clear()
        yield
    libcrypto.library.cache_clear()
    provider.current.cache_clear()


@pytest.mark.usefixtures("no_libcrypto")
def test_without_libcrypto_the_fallback_takes_over(caplog: pytest.LogCaptureFixture) -> None:
    assert provider.current().name == "gmssl"
    assert "falls back" in caplog.text


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest"]) == 0
    assert "libcrypto" in capsys.readouterr().out


def test_documents_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_trust(tmp_path)
    content, blob = tmp_path / "content", tmp_path / "content.p7"
    content.write_bytes(b"stock bill 1")
    blob.write_bytes(cms.sign(b"stock bill 1", staff(), staff_key().sign_digest, now()))
    trust = ["--roots", str(tmp_path / "ca.crt"), "--crl", str(tmp_path / "ca.crl")]
    command = ["verify-cms", str(blob), "--content", str(content), *trust]
    assert main(command) == 0
    assert "签名有效" in capsys.readouterr().out
    content.write_bytes(b"stock bill 2")
    assert main(command) == 1
    assert "可能已被改动" in capsys.readouterr().err
