"""The signed list of a package: every change is named, foreign signers are refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.cert import Profile, Subject
from crypto.chain import Trust
from crypto.sm2 import PrivateKey
from installers.package import manifest, verify
from installers.package.build import test_signer as make_signer
from server.core.pki import Pki

RELEASE = manifest.Release("amb-client", "1.2.3", "abc", "2026-01-01T00:00:00+00:00")


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    return tmp_path / "pki"


@pytest.fixture
def package(tmp_path: Path, pki: Path) -> Path:
    """A signed folder with a program, a library and a link to it."""
    folder = tmp_path / "package"
    (folder / "lib").mkdir(parents=True)
    (folder / "program").write_bytes(b"\x7fELF program")
    (folder / "lib" / "one.so").write_bytes(b"\x7fELF library")
    (folder / "one.so").symlink_to("lib/one.so")
    manifest.write(folder, RELEASE, make_signer(pki), datetime.now(UTC))
    return folder


def trust(pki: Path) -> Trust:
    return Trust(pki / "ca.crt", pki / "ca.crl")


def test_a_package_as_released_is_whole(package: Path, pki: Path) -> None:
    release, signed = manifest.verify(package, trust(pki))
    assert release == RELEASE
    assert signed.certificate.common_name == "测试发布密钥"


def change(folder: Path) -> None:
    (folder / "program").write_bytes(b"\x7fELF pr0gram")


def remove(folder: Path) -> None:
    (folder / "lib" / "one.so").unlink()


def add(folder: Path) -> None:
    (folder / "lib" / "sitecustomize.py").write_text("")


def turn(folder: Path) -> None:
    (folder / "one.so").unlink()
    (folder / "one.so").symlink_to("program")


def link(folder: Path) -> None:
    original = folder.with_name("copy")
    (folder / "program").rename(original)
    (folder / "program").symlink_to(original)


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (change, "被改动：program"),
        (remove, "缺少：lib/one.so"),
        (add, "多出：lib/sitecustomize.py"),
        (turn, "被改动：one.so"),
        (link, "被改动：program"),
    ],
)
def test_every_change_is_named(
    package: Path, pki: Path, spoil: Callable[[Path], None], finding: str
) -> None:
    spoil(package)
    with pytest.raises(manifest.PackageBroken) as broken:
        manifest.verify(package, trust(pki))
    assert broken.value.findings == [finding]


@pytest.mark.parametrize("name", [manifest.LIST, manifest.SIGNATURE])
def test_a_spoiled_or_missing_list_is_refused(package: Path, pki: Path, name: str) -> None:
    path = package / name
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(manifest.PackageBroken, match="签名未通过"):
        manifest.verify(package, trust(pki))
    path.unlink()
    with pytest.raises(manifest.PackageBroken, match="读不到清单"):
        manifest.verify(package, trust(pki))


def test_another_authority_is_refused(package: Path, tmp_path: Path) -> None:
    Pki(tmp_path / "other").create()
    with pytest.raises(manifest.PackageBroken, match="签名未通过"):
        manifest.verify(package, trust(tmp_path / "other"))


def test_a_certificate_for_something_else_is_refused(package: Path, pki: Path) -> None:
    certificate = Pki(pki).issue("desk", Profile.WORKSTATION, Subject("WS-0002"))
    key = PrivateKey.from_pem((pki / "desk.key").read_bytes())
    signer = manifest.Signer(certificate, key.sign_digest)
    manifest.write(package, RELEASE, signer, datetime.now(UTC))
    with pytest.raises(manifest.PackageBroken, match="签名未通过"):
        manifest.verify(package, trust(pki))


def test_a_revoked_signer_is_refused(package: Path, pki: Path) -> None:
    Pki(pki).revoke([Pki(pki).certificate("code").serial])
    with pytest.raises(manifest.PackageBroken, match="吊销"):
        manifest.verify(package, trust(pki))


def test_a_link_out_of_the_package_is_never_released(package: Path, pki: Path) -> None:
    (package / "out").symlink_to("/etc/passwd")
    with pytest.raises(manifest.PackageBroken, match="链接指向包外：out"):
        manifest.write(package, RELEASE, make_signer(pki), datetime.now(UTC))


def test_the_command_says_what_to_do(
    package: Path, pki: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--roots", str(pki / "ca.crt"), "--crl", str(pki / "ca.crl")]
    assert verify.main([str(package), *files]) == 0
    assert "amb-client 1.2.3（abc）完整无改动" in capsys.readouterr().out
    add(package)
    assert verify.main([str(package), *files]) == 1
    assert "请用原安装包重新安装" in capsys.readouterr().err
