"""The demo centre: authority, UKEYs, database with people and data, server process."""

import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crypto.sm2 import PublicKey
from server import config, seed
from server.admin.seed import PEOPLE, bind_key
from server.core import keys, schema
from server.core.db import Sessions
from server.core.pki import Pki
from server.core.sealing import KEYRING
from ukey.key import Ukey
from ukey.virtual.card import VirtualCard
from ukey.virtual.inprocess import InProcessReader

PIN, ADMIN_PIN = "135790", "24681357"
CLIENT_FILES = ("ca.crt", "ca.crl", "workstation.crt", "workstation.key")


@dataclass(frozen=True)
class World:
    """Everything of the demo under one folder."""

    folder: Path
    port: int

    @property
    def server_home(self) -> Path:
        """Keys, certificates, database."""
        return self.folder / "server"

    @property
    def client_home(self) -> Path:
        """What one workstation has."""
        return self.folder / "client"

    @property
    def settings(self) -> config.Settings:
        """The server's settings."""
        return config.load(home=self.server_home, port=self.port)

    def card(self, staff_no: str) -> VirtualCard:
        """A person's UKEY."""
        return VirtualCard(self.folder / "cards" / f"{staff_no}.json")

    def create(self) -> None:
        """Build it anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        keys.create(self.server_home / "keys")
        KEYRING.open(keys.load(self.server_home / "keys"))
        pki = Pki(self.server_home / "pki")
        pki.create()
        schema.upgrade(self.settings.database_url)
        sessions = Sessions(self.settings.database_url)
        with sessions.write() as db:
            seed.seed(db, datetime.now(UTC))
        for staff_no, *_ in PEOPLE:
            self._make_card(sessions, pki, staff_no)
        sessions.close()
        self._make_client(pki)

    def exists(self) -> bool:
        """Whether it was built before."""
        return (self.client_home / "client.ini").exists()

    def _make_card(self, sessions: Sessions, pki: Pki, staff_no: str) -> None:
        path = self.folder / "cards" / f"{staff_no}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        reader = InProcessReader(self.folder / "issuing")
        reader.insert(VirtualCard.create(path, f"UKEY {staff_no}", staff_no, PIN, ADMIN_PIN))
        with reader.open() as key:
            self._personalise(sessions, pki, staff_no, key)
        reader.remove()

    def _personalise(self, sessions: Sessions, pki: Pki, staff_no: str, key: Ukey) -> None:
        key.verify_pin(PIN)
        public_key = PublicKey.from_point(key.generate())
        with sessions.write() as db:
            der = bind_key(db, pki, staff_no, public_key)
        key.import_certificate(der)

    def _make_client(self, pki: Pki) -> None:
        target = self.client_home / "pki"
        target.mkdir(parents=True)
        for name in CLIENT_FILES:
            shutil.copy(pki.folder / name, target / name)
        lines = ["[client]", f"server = 127.0.0.1:{self.port}", "server_name = localhost", ""]
        (self.client_home / "client.ini").write_text("\n".join(lines), "utf-8")


class ServerProcess:
    """The demo's server in a process of its own; started, stopped and started again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start; returns when clients are accepted."""
        log = (self._world.folder / "server.log").open("a", encoding="utf-8")
        home, port = str(self._world.server_home), str(self._world.port)
        command = [sys.executable, "-m", "server", "--home", home, "--port", port, "serve"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError(f"服务没有启动，请看 {self._world.folder / 'server.log'}")

    def stop(self) -> None:
        """Stop gracefully; does nothing when it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the server on the same home."""
        line = [sys.executable, "-m", "server", "--home", str(self._world.server_home), *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=False)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
