"""Builds the two folders in dist/: programs, licences, signed list."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path

from client import __version__
from crypto.cert import Certificate, Profile, Subject
from crypto.sm2 import PrivateKey
from installers.package import floor, licences, manifest
from server.core.pki import Pki
from ukey.key import tokens

ROOT = Path(__file__).resolve().parents[2]
DIST, WORK = ROOT / "dist", ROOT / "build" / "package"
KINDS = ("client", "server")
TEST_PKI = ROOT / "var" / "package" / "pki"
_SPEC = Path(__file__).with_name("amb.spec")


def build(kind: str, signer: manifest.Signer, glibc: str = "") -> Path:
    """Build, list and sign one folder; with `glibc`, refuse if it needs a newer one."""
    folder = DIST / f"amb-{kind}"
    freeze(kind)
    if glibc:
        floor.demand(folder, glibc)
    licences.write(folder)
    _close(folder)
    now = datetime.now(UTC)
    release = manifest.Release(folder.name, __version__, git_id(), now.isoformat())
    manifest.write(folder, release, signer, now)
    return folder


def freeze(kind: str) -> None:
    """Run PyInstaller for one folder; raises CalledProcessError."""
    shutil.rmtree(DIST / f"amb-{kind}", ignore_errors=True)
    places = ["--distpath", str(DIST), "--workpath", str(WORK / kind)]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    environment = {**os.environ, "AMB_PACKAGE": kind, "PYTHONHASHSEED": "1"}
    subprocess.run([*command, *places, str(_SPEC)], check=True, cwd=ROOT, env=environment)


@contextmanager
def signing(key: Path | None, certificate: Path | None, *, ukey: bool) -> Iterator[manifest.Signer]:
    """The signer of a release: the release UKEY, a key file, or else a test authority's key.

    The password of a protected key file comes from AMB_CODE_PASSWORD.
    """
    if ukey:
        with tokens().open() as token:
            token.verify_pin(getpass("发布 UKEY 的 PIN："))
            yield manifest.Signer(Certificate.from_der(token.certificate()), token.sign_digest)
    elif key and certificate:
        password = os.environ.get("AMB_CODE_PASSWORD", "").encode() or None
        private = PrivateKey.from_pem(key.read_bytes(), password)
        yield manifest.Signer(Certificate.from_pem(certificate.read_bytes()), private.sign_digest)
    else:
        print("注意：没有给出发布密钥，用测试密钥签名，不能用于发布", file=sys.stderr)
        yield test_signer(TEST_PKI)


def test_signer(folder: Path) -> manifest.Signer:
    """A key of a test authority in this folder, made when there is none."""
    pki = Pki(folder)
    if not (folder / "code.key").exists():
        pki.create()
        pki.issue("code", Profile.CODE, Subject("测试发布密钥"))
    pki.revoke([])  # a fresh list: they run out after a week
    key = PrivateKey.from_pem((folder / "code.key").read_bytes())
    return manifest.Signer(pki.certificate("code"), key.sign_digest)


def git_id() -> str:
    """The commit the tree stands at, with -dirty if files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


def size(folder: Path) -> int:
    """Bytes of the files in a folder, links not followed."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def _close(folder: Path) -> None:
    """Rights for everybody to run, for nobody but the owner to change."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or (path.parent == folder and path.suffix == "")
            path.chmod(0o755 if runs or ".so" in path.name else 0o644)
