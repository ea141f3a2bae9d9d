"""A picture of every page and form, dark and at 150 % too, in var/screenshots."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("AMB_VIRTUAL_UKEY", "allow")

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from client.core import style
from client.core.form import FormDialog
from client.core.navigation import Entry
from client.core.view import PageView
from installers.demo.hands import Desk, NotSeen, dialogs, settle, wait
from installers.demo.world import ServerProcess, World, free_port
from server.admin.seed import PEOPLE

OUT = Path("var/screenshots")
SMALLEST = QSize(1366, 768)


def main() -> int:
    """Log in as everybody in turn and open what nobody before could open."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    world = World(Path("var/screenshots-world"), free_port())
    world.create()
    server = ServerProcess(world)
    server.start()
    seen: set[str] = set()
    try:
        for staff_no, *_ in PEOPLE:
            _look(world, staff_no, seen)
    finally:
        server.stop()
    print(f"{len(list(OUT.glob('*.png')))} 张图在 {OUT}")
    del app
    return 0


def _look(world: World, staff_no: str, seen: set[str]) -> None:
    desk = Desk(world, OUT)
    try:
        desk.log_in(world.card(staff_no))
        for entry in desk.window.entries:
            if entry.key not in seen:
                seen.add(entry.key)
                _page(desk, entry)
    finally:
        desk.close()


def _page(desk: Desk, entry: Entry) -> None:
    name = f"{entry.area.name}-{entry.title}"
    view = desk.window.open_page(entry)
    if isinstance(view, PageView):
        wait(lambda: not view.busy.isVisible(), f"{entry.title}载入")
    desk.shot(name)
    style.look().apply("dark", 100)
    desk.shot(f"{name}-深色")
    _large(desk, name)
    if isinstance(view, PageView) and view.model.rows and view.page.form:
        view.table.selectRow(0)
        view.open_chosen()
        _form(desk, name)


def _large(desk: Desk, name: str) -> None:
    """The largest letters on the smallest screen."""
    size = desk.window.size()
    style.look().apply("light", 150)
    desk.window.resize(SMALLEST)
    desk.shot(f"{name}-特大")
    style.look().apply("light", 100)
    desk.window.resize(size)


def _form(desk: Desk, name: str) -> None:
    for form in dialogs(FormDialog):
        wait(form.body.isEnabled, "表单载入")
        desk.shot(f"{name}-表单", form)
        form.done(0)
    settle()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotSeen as error:
        sys.exit(str(error))
