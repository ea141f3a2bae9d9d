"""The server's settings: one frozen value, read once from file and environment."""

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """Every setting, with its default. Environment AMB_<NAME> wins over the file."""

    home: Path = Path("var/server")  # keys, audit checkpoints, sockets
    database: str = ""  # SQLAlchemy URL; empty = SQLite in home
    host: str = "127.0.0.1"
    port: int = 8443
    server_name: str = "localhost"  # must stand in the server certificate
    certificate: Path = Path("pki/server.crt")  # PEM paths, relative to home
    private_key: Path = Path("pki/server.key")
    roots: Path = Path("pki/ca.crt")
    crl: Path = Path("pki/ca.crl")
    log_certificate: Path = Path("pki/log.crt")  # signs audit checkpoints
    log_key: Path = Path("pki/log.key")
    workers: int = 1
    threads: int = 32
    password_login: bool = True
    idle_seconds: int = 900
    absolute_seconds: int = 43_200
    sessions_per_user: int = 3
    duty_conflicts: str = "warn"  # maker and approver in one hand: off, warn or refuse
    unit_name: str = "上海市医疗急救中心"
    log_level: str = "INFO"
    node: int = 0  # distinguishes servers on one database

    def path(self, value: Path) -> Path:
        """A configured path, relative ones from home."""
        return value if value.is_absolute() else self.home / value

    @property
    def database_url(self) -> str:
        """Where the data is."""
        return self.database or f"sqlite:///{(self.home / 'amb.sqlite').absolute()}"


def load(file: Path | None = None, **overrides: Any) -> Settings:
    """Settings from a TOML file, the environment and overrides, the later winning.

    Raises ValueError for an unknown name or a value of the wrong type.
    """
    file = file or _file_from_environment()
    values = tomllib.loads(file.read_text("utf-8")) if file else {}
    known = {field.name: field for field in fields(Settings)}
    for name in known:
        if (text := os.environ.get(f"AMB_{name.upper()}")) is not None:
            values[name] = text
    values |= {name: value for name, value in overrides.items() if value is not None}
    if unknown := set(values) - set(known):
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    return Settings(**{name: _typed(known[name].default, v) for name, v in values.items()})


def _file_from_environment() -> Path | None:
    name = os.environ.get("AMB_CONFIG")
    return Path(name) if name else None


def _typed(default: Any, value: Any) -> Any:
    if isinstance(default, bool) and isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
    return type(default)(value)
