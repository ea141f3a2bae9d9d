"""The whole client in a process of its own, watched over stdin; for a robot at the keyboard.

python -m tests.client.clerk FOLDER PORT PKI: shows the login window with the key of FOLDER.  Each
order is {"do": "tell" | "clock" | "list" | "button" | "clear" | "grab"}, each answer the state of
what is in front: see `Watcher.state`.
"""

import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from client.__main__ import choose_input_method
from client.core import key_tap
from client.core.form import FormDialog
from client.core.program import Program
from client.core.view import PageView
from tests.client.typing_window import Clock, follow_orders
from tests.client.typist import program_in


class Watcher:
    """Looks at the program's windows."""

    def __init__(self, program: Program, clock: Clock) -> None:
        self._program, self._clock = program, clock

    def obey(self, order: dict[str, str]) -> dict[str, Any]:
        """Do what no key does, and tell what is to be seen."""
        page = self._page
        if order["do"] == "clock":
            self._clock.times.clear()
        elif order["do"] == "list" and page is not None:
            page.table.setFocus()
        elif order["do"] == "button" and page is not None:
            new = (each for each in page.findChildren(QPushButton) if each.text() == "新建")
            next(new).setFocus()
        elif order["do"] == "clear" and page is not None:
            page.filters.clear()
        elif order["do"] == "grab":
            self._front.grab().save(order["path"])
        return self.state()

    @property
    def _front(self) -> QWidget:
        """The window that a person would look at: the newest."""
        own = (self._program.login, self._program.window)
        shown: list[QWidget] = [each for each in own if each is not None]
        if self._program.window is not None:
            inside = self._program.window.findChildren(QWidget)
            shown += [each for each in inside if each.isWindow() and each.isVisible()]
        return shown[-1]

    @property
    def _page(self) -> PageView | None:
        window = self._program.window
        page = window.tabs.currentWidget() if window is not None else None
        return page if isinstance(page, PageView) else None

    def state(self) -> dict[str, Any]:
        """What is in front, where the focus is, and what page and form show."""
        front, focus = self._front, QApplication.focusWidget()
        state: dict[str, Any] = {
            "window": int(front.winId()),
            "kind": type(front).__name__,
            "active": front.isActiveWindow(),
            "focus": type(focus).__name__,
            "field": focus.accessibleName() if focus is not None else "",
            "text": focus.text() if isinstance(focus, QLineEdit) else "",
            "keys": len(self._clock.times),
            "pause": self._clock.pause,
            "usable": self._program.keys.state.usable,
        }
        if self._page is not None:
            state |= self._of_page(self._page)
        if isinstance(front, FormDialog):
            state |= self._of_form(front)
        return state

    def _of_page(self, page: PageView) -> dict[str, Any]:
        rows = range(page.model.count)
        return {
            "page": page.title,
            "rows": ["　".join(page.model.texts(row)) for row in rows],
            "loading": page.model.is_loading or page._stale,
            "said": page.chosen.text(),
            "missed": page.scan_note.text.text(),
            "forms": len(page.forms),
        }

    def _of_form(self, form: FormDialog) -> dict[str, Any]:
        lines = [len(grid.model.filled()) for grid in form.body.grids.values()]
        return {"stored": form.is_stored, "lines": sum(lines), "note": form.note.text()}


def main(folder: Path, port: int, pki: Path) -> None:
    """Start the client as its own main does, and obey until stdin ends."""
    os.environ.setdefault("AMB_VIRTUAL_UKEY", "allow")
    choose_input_method()
    app = QApplication(sys.argv[:1])
    key_tap.listen(app)
    clock = Clock()
    app.installNativeEventFilter(clock)
    program = program_in(folder, port, pki)
    program.start()
    follow_orders(app, Watcher(program, clock).obey)
    program.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
