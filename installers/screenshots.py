"""A picture of every page and form, dark and at 150 % too, in var/screenshots; and their flaws."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("AMB_VIRTUAL_UKEY", "allow")

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from client.core import style
from client.core.form import FormDialog
from client.core.navigation import Entry
from client.core.view import PageView
from installers.demo.hands import Desk, NotSeen, dialogs, settle, wait
from installers.demo.world import ServerProcess, World, free_port
from installers.flaws import flaws
from server.admin.seed import PEOPLE

OUT = Path("var/screenshots")
SMALLEST = QSize(1366, 768)


def main(arguments: Sequence[str] = ()) -> int:
    """Log in as everybody in turn and open what nobody before could open.

    Arguments are titles of pages, to look at these only.  Answers 1 if a window has a flaw.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    world = World(Path("var/screenshots-world"), free_port())
    world.create()
    server = ServerProcess(world)
    server.start()
    looking = Looking(set(arguments))
    try:
        for staff_no, *_ in PEOPLE:
            looking.as_person(world, staff_no)
    finally:
        server.stop()
    print("\n".join(looking.flaws))
    print(f"{len(list(OUT.glob('*.png')))} 张图在 {OUT}，{len(looking.flaws)} 处毛病")
    del app
    return int(bool(looking.flaws))


class Looking:
    """Goes through the pages and keeps what nobody could read or reach."""

    def __init__(self, only: set[str]) -> None:
        self._only = only
        self._seen: set[str] = set()
        self.flaws: list[str] = []

    def as_person(self, world: World, staff_no: str) -> None:
        """Look at what this person sees and nobody before saw."""
        desk = Desk(world, OUT)
        try:
            desk.log_in(world.card(staff_no))
            for entry in desk.window.entries:
                if entry.key not in self._seen and (not self._only or entry.title in self._only):
                    self._seen.add(entry.key)
                    self._page(desk, entry)
        finally:
            desk.close()

    def _page(self, desk: Desk, entry: Entry) -> None:
        name = f"{entry.area.name}-{entry.title}"
        view = desk.window.open_page(entry)
        if isinstance(view, PageView):
            wait(lambda: not view.busy.isVisible(), f"{entry.title}载入")
        self._looks(desk, name, desk.window)
        if isinstance(view, PageView) and view.page.form:
            if view.model.rows:
                view.table.selectRow(0)
                view.open_chosen()
                self._form(desk, f"{name}-表单")
            if view.actions_of["new"].isEnabled():
                view.new_record()
                self._form(desk, f"{name}-新建")
        desk.window.close_tab(desk.window.tabs.currentIndex())
        settle()

    def _form(self, desk: Desk, name: str) -> None:
        for form in dialogs(FormDialog):
            wait(form.body.isEnabled, "表单载入")
            self._looks(desk, name, form)
            form.done(0)
        settle()

    def _looks(self, desk: Desk, name: str, window: QWidget) -> None:
        """Light, dark, and the largest letters on the smallest screen."""
        size = window.size()
        for mark, theme, percent in (
            ("", "light", 100),
            ("-深色", "dark", 100),
            ("-特大", "light", 150),
        ):
            style.look().apply(theme, percent)
            window.resize(SMALLEST if window is desk.window and mark else size.boundedTo(SMALLEST))
            desk.shot(f"{name}{mark}", window)
            self.flaws += [f"{name}{mark}：{flaw}" for flaw in flaws(window, SMALLEST)]
        style.look().apply("light", 100)
        window.resize(size)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NotSeen as error:
        sys.exit(str(error))
