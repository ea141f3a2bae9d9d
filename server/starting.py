"""What stands in the way of a command or will soon, each in a sentence that says what to do."""

import errno
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509
from sqlalchemy.exc import OperationalError, ProgrammingError

from crypto.errors import CryptoError
from server.config import Settings
from server.core import schema

SOON, CRL_SOON = timedelta(days=30), timedelta(days=2)
_OTHERS = 0o077


def explained(error: Exception) -> str:
    """Why a command could not run; empty for what nobody foresaw."""
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, ProgrammingError) or "no such table" in str(error):
        return "数据库里还没有建表，或版本不对：请先运行 migrate（新装运行 init）"
    if isinstance(error, OperationalError):
        return f"数据库连不上：请核对 database 设置、数据库服务和口令（{_first_line(error.orig)}）"
    if type(error).__module__ == "OpenSSL.SSL":  # which only crypto imports
        return "证书与私钥不配，或文件已损坏：请核对 pki 目录里的 server.crt 和 server.key"
    if isinstance(error, CryptoError):
        return f"{error}：请核对 keys、pki 目录是不是这套数据原来的，必要时从备份恢复"
    return ""


def _of_system(error: OSError) -> str:
    known = {
        errno.EADDRINUSE: "端口被占用：用 ss -ltnp 找出占用的程序，多半是旧进程没有退出",
        errno.ENOENT: f"找不到 {error.filename}：请核对 --home，新装请先运行 init",
        errno.EACCES: f"没有权限读写 {error.filename}：请用服务的专用用户运行，或改正属主",
        errno.EROFS: f"{error.filename} 所在的磁盘是只读的：请检查磁盘",
        errno.ENOSPC: "磁盘已满：请先腾出空间再运行",
        errno.ENOTDIR: f"{error.filename} 不是目录：请核对 --home",
    }
    return known.get(error.errno or 0, "")


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:120]


def refusals(settings: Settings) -> Iterator[str]:
    """Why this home must not be served."""
    for path in sorted((settings.home / "keys").glob("*")):
        if path.stat().st_mode & _OTHERS:
            yield f"{path} 别人也能读：请运行 chmod 600 {path}，并查清谁读过"
    if schema.behind(settings.database_url):
        yield "数据库还没有升级到这个版本：请先备份，再运行 migrate"
    if schema.unknown(settings.database_url):
        yield "数据库的版本比程序新：请换用新版程序，或恢复升级前的备份"


def warnings(settings: Settings, now: datetime | None = None) -> Iterator[str]:
    """What ends soon or has ended: the revocation list and the server's certificate."""
    now = now or datetime.now(UTC)
    crl = x509.load_pem_x509_crl(settings.path(settings.crl).read_bytes())
    then = "到期后客户端都连不上：请换发 ca.crl"
    yield from _ending("吊销列表", crl.next_update_utc, now, CRL_SOON, then)
    pem = settings.path(settings.certificate).read_bytes()
    ends = x509.load_pem_x509_certificate(pem).not_valid_after_utc
    yield from _ending("服务器证书", ends, now, SOON, "请换发证书后重启服务")


def _ending(
    what: str, ends: datetime | None, now: datetime, soon: timedelta, then: str
) -> Iterator[str]:
    if ends is not None and ends < now:
        yield f"{what}已在 {ends:%Y-%m-%d %H:%M}（UTC）到期，{then}"
    elif ends is not None and ends < now + soon:
        yield f"{what}将在 {ends:%Y-%m-%d %H:%M}（UTC）到期，{then}"
