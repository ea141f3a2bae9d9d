"""The signed list of every file in a package: manifest.json, and manifest.p7s over it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crypto import cms, sm3
from crypto.cert import Certificate
from crypto.chain import Trust
from crypto.errors import CryptoError

LIST, SIGNATURE = "manifest.json", "manifest.p7s"
_OWN = {LIST, SIGNATURE}


class PackageBroken(Exception):
    """The package is not what was released; `findings` names every deviation."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("；".join(findings[:3]) + ("……" if len(findings) > 3 else ""))
        self.findings = findings


@dataclass(frozen=True)
class Release:
    """What a manifest says about its package besides the files."""

    product: str
    version: str
    git: str
    created: str  # ISO 8601, UTC


@dataclass(frozen=True)
class Signer:
    """The certificate and key a release is signed with; `sign_digest` may be a token's."""

    certificate: Certificate
    sign_digest: Callable[[bytes], bytes]


def listing(folder: Path) -> list[dict[str, Any]]:
    """Path, size and SM3 of every file, the target of every link, in the order of their paths."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    names = sorted((path.relative_to(folder).as_posix(), path) for path in paths)
    return [_entry(name, path) for name, path in names if name not in _OWN]


def _entry(name: str, path: Path) -> dict[str, Any]:
    if path.is_symlink():
        return {"path": name, "link": path.readlink().as_posix()}
    data = path.read_bytes()
    return {"path": name, "size": len(data), "sm3": sm3.digest(data).hex()}


def write(folder: Path, release: Release, signer: Signer, at: datetime) -> None:
    """Write list and detached GM/T 0010 signature; refuses links that lead out of the package."""
    files = listing(folder)
    if strays := [entry["path"] for entry in files if "link" in entry and _strays(folder, entry)]:
        raise PackageBroken([f"链接指向包外：{name}" for name in strays])
    text = json.dumps({**vars(release), "files": files}, ensure_ascii=False, indent=1).encode()
    (folder / LIST).write_bytes(text)
    signed = cms.sign(text, signer.certificate, signer.sign_digest, at)
    (folder / SIGNATURE).write_bytes(signed)


def _strays(folder: Path, entry: dict[str, Any]) -> bool:
    return not (folder / entry["path"]).resolve().is_relative_to(folder.resolve())


def verify(folder: Path, trust: Trust) -> tuple[Release, cms.Signed]:
    """The release and who signed it; raises PackageBroken with everything that deviates.

    The certificate must be one for signing code, good when it signed and not revoked since.
    """
    text, signed = _signed_list(folder, trust)
    told = json.loads(text)
    listed = {entry["path"]: entry for entry in told.pop("files")}
    found = {entry["path"]: entry for entry in listing(folder)}
    findings = [f"缺少：{name}" for name in listed.keys() - found.keys()]
    findings += [f"多出：{name}" for name in found.keys() - listed.keys()]
    both = listed.keys() & found.keys()
    findings += [f"被改动：{name}" for name in both if listed[name] != found[name]]
    if findings:
        raise PackageBroken(sorted(findings))
    return Release(**told), signed


def _signed_list(folder: Path, trust: Trust) -> tuple[bytes, cms.Signed]:
    try:
        text, blob = (folder / LIST).read_bytes(), (folder / SIGNATURE).read_bytes()
        signed = cms.verify(blob, text, trust)
        if signed.signing_time is None:
            raise PackageBroken(["签名没有注明时间"])
        trust.verify_signed(signed.certificate, signed.signing_time, purpose="code_signing")
    except OSError as error:
        raise PackageBroken([f"读不到清单：{error.filename}"]) from error
    except CryptoError as error:
        raise PackageBroken([f"清单的签名未通过：{error}"]) from error
    return text, signed
