"""How quick the client feels: start, login, a page of a million rows, scrolling, printing.

The server runs in a process of its own with the demo centre and a million departments; the
window is drawn offscreen.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, most

ROWS = 1_010_000  # of these 121,112 have a code that begins with M1
STARTS, LOGINS, PULLS, OPENINGS = 5, 20, 5, 9
PATIENCE = 120.0  # s for one step before the measuring gives up
PAGES = 200
ROOT = Path(__file__).resolve().parents[2]

START = """
import sys
from PySide6.QtCore import QEvent
from client.core.login import LoginWindow
def event(self, event, before=LoginWindow.event):
    answer = before(self, event)
    if event.type() == QEvent.Type.Paint:
        print("shown", flush=True)
    return answer
LoginWindow.event = event
from client.__main__ import main
sys.exit(main())
"""
MANY = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
from client import areas
from client.core import navigation, style
from client.core.login import LoginWindow
from client.core.main_window import MainWindow
from client.core.settings import Settings
import many
style.look().apply("light", 100)
entries = [navigation.Entry(f"{n}", page, areas.AREAS[n % 6]) for n, page in enumerate(many.PAGES)]
memory = navigation.Memory(Settings("bench", Path(sys.argv[1])), entries)
holder = QWidget()
menu = navigation.Navigation(entries, memory, holder)
holder.show()
app.processEvents()
print("shown", len(entries), flush=True)
"""


def measure() -> Iterator[Figure]:
    """Everything of the client, in about two minutes."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("AMB_VIRTUAL_UKEY", "allow")
    yield _invoice()
    yield _many_pages()
    with tempfile.TemporaryDirectory() as folder:
        yield from _at_work(Path(folder))


# --- processes -----------------------------------------------------------------------------------


def _shown_after(*arguments: str, home: Path | None = None) -> float:
    """Seconds from starting a process until it prints that its window is shown."""
    environment = {**os.environ, "AMB_HOME": str(home or "")}
    began = time.perf_counter()
    command = [sys.executable, "-c", *arguments]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        spent = time.perf_counter() - began
        process.kill()
    if not line.startswith(b"shown"):
        raise RuntimeError("the client did not start")
    return spent


def _median_start(*arguments: str, home: Path | None = None) -> float:
    _shown_after(*arguments, home=home)  # byte code and disk cache are warm afterwards
    return statistics.median(_shown_after(*arguments, home=home) for _ in range(STARTS))


def _many_pages() -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        _write_pages(Path(folder))
        spent = _median_start(MANY, folder)
    return most(f"Client start with {PAGES} pages", spent, "s", 2)


def _write_pages(folder: Path) -> None:
    """Modules of as many pages, each with a contract of its own like tests/client/sample.proto."""
    from grpc_tools import protoc

    contract = (ROOT / "tests" / "client" / "sample.proto").read_text("utf-8")
    head = "from client.core.page import Page\n"
    names = []
    for number in range(PAGES):
        name = f"many{number}"
        (folder / f"{name}.proto").write_text(
            contract.replace("package sample", f"package {name}")
            .replace('"sample.', f'"{name}.'), "utf-8",
        )  # fmt: skip
        names.append(f"{name}.proto")
        (folder / f"page{number}.py").write_text(
            f'{head}import {name}_pb2 as pb\npage = Page(title="第{number}号页面",'
            f' service=pb.DESCRIPTOR.services_by_name["SlipService"],'
            f' columns=["slip_no"], form=[["slip_no"]])\n',
            "utf-8",
        )
    lines = [f"import page{number}" for number in range(PAGES)]
    lines.append(f"PAGES = [{', '.join(f'page{number}.page' for number in range(PAGES))}]")
    (folder / "many.py").write_text("\n".join(lines), "utf-8")
    known = [f"-I{folder}", f"-I{ROOT}", f"-I{files('grpc_tools') / '_proto'}"]
    if protoc.main(["protoc", *known, f"--python_out={folder}", *names]):
        raise RuntimeError("the simulated contracts do not compile")


# --- one window ----------------------------------------------------------------------------------


def _at_work(folder: Path) -> Iterator[Figure]:
    from PySide6.QtWidgets import QApplication

    from installers.demo.world import ServerProcess, World, free_port

    class Watch(QApplication):
        """Remembers the longest time one event kept the window."""

        longest = 0.0

        def notify(self, receiver: Any, event: Any) -> bool:
            began = time.perf_counter()
            answer = super().notify(receiver, event)
            self.longest = max(self.longest, time.perf_counter() - began)
            return answer

    world = World(folder / "world", free_port())
    world.create()
    _fill(world.server_home)
    server = ServerProcess(world)
    server.start()
    app = Watch([])
    try:
        spent = _median_start(START, home=world.client_home)
        yield most("Client start to login window", spent, "s", 2)
        yield from _logins(world, folder)
        yield _pulled(world, folder)
        yield from _page(world, folder, app)
    finally:
        server.stop()


def _fill(home: Path) -> None:
    """A million departments, straight into the file of the database."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(home / "amb.sqlite") as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(admin_department)")]
        given = {
            "id": "5000000 + n", "version": "1", "code": "'M' || n",
            "name": "'第' || ((n * 7919) % 1000003) || '分站'", "short_name": "''", "kind": "3",
            "parent_id": "NULL", "address": "''", "phone": "''", "duty_phone": "''",
            "sort": "n % 977", "state": "1", "path": "'/' || (5000000 + n) || '/'",
            "codes": "' m' || n", "created_by": "1", "updated_by": "1",
            "created_at": f"'{now}'", "updated_at": f"'{now}'",
        }  # fmt: skip
        values = ", ".join(given.get(name, "NULL") for name in names)
        db.execute(
            f"WITH RECURSIVE rows(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM rows"
            f" WHERE n < {ROWS}) INSERT INTO admin_department SELECT {values} FROM rows"
        )


@contextmanager
def _desk(world: Any, folder: Path) -> Iterator[Any]:
    from installers.demo.hands import Desk

    desk = Desk(world, folder)
    try:
        yield desk
    finally:
        desk.close()


def _until(happened: Callable[[], object]) -> None:
    """Let the window work until something happened, losing no time to a timer."""
    from PySide6.QtWidgets import QApplication

    deadline = time.perf_counter() + PATIENCE
    while not happened():
        QApplication.processEvents()
        if time.perf_counter() > deadline:
            raise RuntimeError("what was measured did not happen")


def _logins(world: Any, folder: Path) -> Iterator[Figure]:
    """From Enter after the PIN to the main window shown."""
    spans = []
    for _ in range(LOGINS):
        with _desk(world, folder) as desk:
            desk.insert(world.card("XT001"))
            login = desk.program.login
            _until(lambda: login.gate.info is not None)  # noqa: B023
            began = time.perf_counter()
            desk.type_pin(login)
            _until(lambda: desk.program.window is not None)
            _until(desk.window.isVisible)
            spans.append(time.perf_counter() - began)
    p95 = sorted(spans)[int(len(spans) * 0.95) - 1]
    yield most("Client login with a UKEY, 95 %", p95, "s", 1)


def _pulled(world: Any, folder: Path) -> Figure:
    """From pulling the UKEY to the locked window."""
    spans = []
    for _ in range(PULLS):
        with _desk(world, folder) as desk:
            desk.log_in(world.card("XT001"))
            began = time.perf_counter()
            desk.reader.remove()
            _until(lambda: desk.window.is_locked)
            spans.append(time.perf_counter() - began)
    return most("UKEY pulled until the window is locked", max(spans), "s", 1)


def _page(world: Any, folder: Path, app: Any) -> Iterator[Figure]:
    from client.core.page import Page
    from client.core.settings import Settings
    from client.core.view import PageView
    from protos.admin import department_pb2 as pb

    page = Page(
        title="部门", service=pb.DESCRIPTOR.services_by_name["DepartmentService"],
        columns=["code", "name", "kind", "parent_id", "phone", "address", "duty_phone", "state"],
        filters=["code", "name", "kind", "state"], form=[["code", "name"]],
    )  # fmt: skip
    with _desk(world, folder) as desk:
        desk.log_in(world.card("XT001"))
        api = desk.program.connection.api

        def opened() -> Any:
            view = PageView(page, api, Settings("bench", folder))
            view.resize(1366, 768)
            view.show()
            _until(lambda: view.model.rows and not view.model.is_loading)
            return view

        yield from _open(opened, app)
        yield from _move(opened(), app)
        yield from _ask(opened(), folder)


def _open(opened: Callable[[], Any], app: Any) -> Iterator[Figure]:
    spans = []
    for _ in range(OPENINGS):
        began = time.perf_counter()
        view = opened()
        spans.append(time.perf_counter() - began)
        view.deleteLater()
        app.processEvents()
    value = statistics.median(spans) * 1000
    yield most(f"Open a page of {ROWS:,} rows", value, "ms", 300)


def _move(view: Any, app: Any) -> Iterator[Figure]:
    bar, row = view.table.verticalScrollBar(), view.table.verticalHeader().defaultSectionSize()
    app.processEvents()
    app.longest = 0.0
    for at in range(0, 1000, 3):
        bar.setValue(at * row)
        app.processEvents()
    _until(lambda: view.model.rows[1000] is not None)
    longest = app.longest * 1000
    yield most("Scroll 1,000 rows, longest slot", longest, "ms", 50)
    began = time.perf_counter()
    bar.setValue(bar.maximum())
    _until(lambda: view.model.rows[-1] is not None)
    spent = time.perf_counter() - began
    yield most(f"Scroll to the end of {ROWS:,} rows", spent, "s", 1)


def _ask(view: Any, folder: Path) -> Iterator[Figure]:
    from client.core import export

    columns = list(view.page.columns)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("Sort by code", lambda: view.table.sorting.click(columns.index("code"), second=False)),
        ("Sort by name, no index", lambda: view.table.sorting.click(1, second=False)),
        ("Then by code as second", lambda: view.table.sorting.click(0, second=True)),
        (
            "Filter by part of a name",
            lambda: (view.filters.restore({"name": ["4711"]}), view.run()),
        ),
    ]
    for name, act in steps:
        began = time.perf_counter()
        act()
        _until(lambda: not view.model.is_loading)
        spent = time.perf_counter() - began
        yield most(f"{name}, {ROWS:,} rows", spent, "s", 2)
    view.filters.restore({"code": ["M1"]})
    view.table.sorting.reset()
    view.run()
    _until(lambda: not view.model.is_loading)
    yield from _export(view, folder, export)


def _export(view: Any, folder: Path, export: Any) -> Iterator[Figure]:
    """All rows of the query into a file, and one stopped on the way."""
    from PySide6.QtWidgets import QApplication

    began = time.perf_counter()
    dialog = export.start(view, folder / "all.csv")
    app: Any = QApplication.instance()
    app.longest = 0.0
    done: list[object] = []
    dialog.job.finished.connect(done.append)
    dialog.job.failed.connect(done.append)
    _until(lambda: done)
    spent = time.perf_counter() - began
    with dialog.path.open(encoding="utf-8-sig") as file:
        written = sum(1 for _ in file) - 1
    if written != view.model.count:
        raise RuntimeError(f"the file has {written} rows, the query {view.model.count}")
    yield Figure(f"Export {written:,} rows to csv", written / spent, "rows/s")
    yield most("Longest slot meanwhile", app.longest * 1000, "ms", 100)
    dialog.close()
    dialog = export.start(view, folder / "half.csv")
    progress: list[int] = []
    dialog.job.progress.connect(lambda rows, _: progress.append(rows))
    _until(lambda: len(progress) > 5)
    began = time.perf_counter()
    dialog.reject()
    _until(lambda: not list(folder.glob(".导出-*")))
    spent = time.perf_counter() - began
    if dialog.path.exists():
        raise RuntimeError("a stopped export left a file")
    yield most("Stop an export, nothing left", spent, "s", 1)


# --- paper ---------------------------------------------------------------------------------------


def _invoice() -> Figure:
    from resources.print.finance import invoice
    from tests.finance.test_print import META, sample

    record = sample()
    invoice.draw(record, META)  # fonts are read once
    spans = []
    for _ in range(20):
        began = time.perf_counter()
        invoice.draw(record, META)
        spans.append((time.perf_counter() - began) * 1000)
    return most("Invoice PDF, fonts known", statistics.median(spans), "ms", 100)
