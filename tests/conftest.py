"""What tests share: a real server over real SM TLS, and people who may do what a test says."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from sqlalchemy import event
from sqlalchemy.orm import Session

from crypto.sm2 import PrivateKey
from server import config
from server.core import keys
from server.core.pki import Pki
from server.core.run import Running
from server.core.sealing import KEYRING
from tests import database
from tests.client.cupsd import Cups, cupsd
from tests.people import Clerk, make_person_in

database.compile_once()


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One test authority for the whole run."""
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.create()
    return made


@pytest.fixture(autouse=True)
def no_key_held() -> Iterator[None]:
    """Let go of Shift and Ctrl: Qt holds what a click was made with until the next one, and a row
    the next test selects would not be selected.
    """
    yield
    if QGuiApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        pad = QWidget()
        QTest.mouseClick(pad, Qt.MouseButton.LeftButton)
        assert QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier


WINDOWS = {"qtbot", "qapp", "desk_of"}  # fixtures of tests that open some


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks a database, so that the run on PostgreSQL can choose it.

    Windows ask by the same RPCs as the tests without any: they are opened on SQLite alone.
    """
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if "home" in used and not used & WINDOWS and item.get_closest_marker("sqlite") is None:
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def fresh_home(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Path:
    """A server's home with keys and an empty, migrated database; copied for each server."""
    home = tmp_path_factory.mktemp("home")
    keys.create(home / "keys")
    KEYRING.open(keys.load(home / "keys"))
    shutil.copytree(pki.folder, home / "pki")
    database.create_template(config.load(home=home).database_url)
    return home


@pytest.fixture(scope="session")
def demo_home(fresh_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home with the data of `make demo`, written once for the run."""
    home = Path(shutil.copytree(fresh_home, tmp_path_factory.mktemp("demo") / "server"))
    database.create_demo_template(config.load(home=home).database_url, datetime.now(UTC))
    return home


@pytest.fixture
def home(
    request: pytest.FixtureRequest,
    fresh_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """This test's own server home and database; marked `demo` it starts with the demo's data."""
    demo = request.node.get_closest_marker("demo") is not None
    template = request.getfixturevalue("demo_home") if demo else fresh_home
    with database.copy(demo=demo) as url:
        if url:
            monkeypatch.setenv("AMB_DATABASE", url)
        yield Path(shutil.copytree(template, tmp_path / "server"))


@pytest.fixture
def server(home: Path) -> Iterator[Running]:
    """A running server on a free port."""
    running = Running(config.load(home=home, port=0))
    running.start()
    yield running
    running.stop(grace=2)


@pytest.fixture
def db(server: Running) -> Iterator[Session]:
    """A writing session, for a test to arrange and to look."""
    with server.worker.app.sessions.write() as session:
        yield session


@pytest.fixture
def someone(server: Running, pki: Pki) -> Iterator[Callable[..., Clerk]]:
    """Logs in a new person holding only the permissions named; call as often as needed."""
    clerks: list[Clerk] = []

    def log_in(*permissions: str, **values: Any) -> Clerk:
        key = PrivateKey.generate()
        sessions = server.worker.app.sessions
        who = make_person_in(sessions, pki, key, permissions, **values)
        with sessions.read() as db:
            certificate = who.certificate(db)
        clerk = Clerk(server.port, pki, who, key, certificate)
        clerks.append(clerk)
        clerk.log_in()
        return clerk

    yield log_in
    for clerk in clerks:
        clerk.close()


@pytest.fixture
def db_statements(server: Running) -> Iterator[list[str]]:
    """Every SQL statement the server sends from now on."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    engine = server.worker.app.sessions.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def printing_system() -> Iterator[Cups]:
    """One cupsd for the whole run."""
    with cupsd() as cups:
        yield cups


@pytest.fixture
def cups(printing_system: Cups, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cups]:
    """The printing system of this workstation: real, without queues yet."""
    monkeypatch.setenv("CUPS_SERVER", str(printing_system.socket))
    yield printing_system
    printing_system.clear()
