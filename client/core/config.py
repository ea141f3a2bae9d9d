"""Where the server is and which files prove who we are: client.ini in the home, then AMB_*."""

import os
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

from crypto.tls import TlsFiles

_KEYS = ("server", "server_name", "certificate", "private_key", "roots", "crl")
_FILE = "client.ini"


class ConfigError(Exception):
    """The configuration cannot be used; the text says what to mend."""


@dataclass(frozen=True)
class Config:
    """The settings of this workstation."""

    home: Path
    host: str
    port: int
    server_name: str
    files: TlsFiles

    @property
    def server(self) -> str:
        """The address as people write it."""
        return f"{self.host}:{self.port}"


def load(home: Path, server: str = "", environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration: client.ini below AMB_* below the command line's server.

    Files are looked up from the home; by default pki/workstation.crt, pki/workstation.key,
    pki/ca.crt and, if there is one, pki/ca.crl.  Raises ConfigError.
    """
    values = _file_values(home / _FILE)
    for key in _KEYS:
        if named := environment.get(f"AMB_{key.upper()}"):
            values[key] = named
    host, port = _address(server or values.get("server", "localhost:8443"))
    return Config(home, host, port, values.get("server_name") or host, _files(home, values))


def _file_values(path: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
        return dict(parser["client"]) if parser.has_section("client") else {}
    except Exception as error:
        raise ConfigError(f"配置文件 {path} 读不懂，请检查：{error}") from error


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"服务器地址应写成 主机:端口，现在是“{text}”")
    return host, int(port)


def _files(home: Path, values: Mapping[str, str]) -> TlsFiles:
    def path(key: str, default: str) -> Path:
        return home / values.get(key, default)  # an absolute path stands for itself

    crl = path("crl", "pki/ca.crl")
    files = TlsFiles(
        certificate=path("certificate", "pki/workstation.crt"),
        private_key=path("private_key", "pki/workstation.key"),
        roots=path("roots", "pki/ca.crt"),
        crl=crl if "crl" in values or crl.exists() else None,
    )
    for file in (files.certificate, files.private_key, files.roots, files.crl):
        if file is not None and not file.is_file():
            raise ConfigError(f"缺少文件 {file}，请管理员为本机发放证书")
    return files
