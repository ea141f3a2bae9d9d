"""A program for test_typing: a real form and a real filter bar, driven over stdin, one line each.

Each line read is a JSON command {"do": ..., "field": ...}; each line written is the state of all
fields: {"texts": {field: text}, "scans": [code], "window": X id, "open": a cell is
edited, "focused": bool, "pause": ms, "keys": number}.
"""

import json
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from client.__main__ import choose_input_method
from client.core import key_tap
from client.core.filters import FilterBar
from client.core.form import FormDialog
from client.core.lookup import PickDialog
from client.core.page import Lines
from client.core.pin import PinEdit
from client.core.scanning import ScanTarget
from client.core.settings import Settings
from client.core.sources import Codes
from client.core.style import look
from tests.client import sample

CELLS = {"cell_lookup": 0, "cell_code": 1, "cell_number": 2, "cell_text": 3}


class Clock(QAbstractNativeEventFilter):
    """Notes when X saw each key pressed, so that a test can tell a slow robot from a scanner."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[int] = []

    @property
    def pause(self) -> int:
        """The longest time between two keys, ms."""
        return max((b - a for a, b in pairwise(self.times)), default=0)

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> tuple[bool, int]:
        """Look only."""
        press = key_tap.press_of(kind, message)
        if press is not None:
            self.times.append(press.time)
        return False, 0


class Orders(QObject):
    """Lines of stdin, in the GUI thread."""

    given = Signal(str)

    def read(self) -> None:
        """Until stdin ends."""
        for line in sys.stdin:
            self.given.emit(line)
        self.given.emit("")


def follow_orders(app: QApplication, obey: Callable[[dict[str, str]], dict[str, Any]]) -> None:
    """Run the application until stdin ends; every order is obeyed and answered."""
    orders = Orders()

    def given(line: str) -> None:
        if line:
            print(json.dumps(obey(json.loads(line))), flush=True)
        else:
            app.quit()

    orders.given.connect(given, Qt.ConnectionType.QueuedConnection)
    threading.Thread(target=orders.read, daemon=True).start()
    app.exec()


class Windows:
    """The form with a scan target, and a window without one; fields by name."""

    def __init__(self, folder: Path) -> None:
        api, settings = sample.offline_api(), Settings("t", folder)
        grid = Lines("lines", ["item_id", "lot_no", "quantity", "note"], scan="item_id")
        page = sample.page(lines=[grid])
        self.form = FormDialog(page, api, settings, None)
        self.bare = QWidget()
        self.bare.setWindowTitle("查询")
        self.bar = FilterBar(page, api, settings)
        self.bar.setParent(self.bare)
        self.bare.resize(900, 220)
        self.pin = PinEdit(self.bare)
        self.pin.move(20, 180)
        codes = {"1": "上海", "2": "北京"}
        self.pick = PickDialog(self.bare, Codes(settings, "place", "地点", codes), "")
        self.scans: list[str] = []
        self.clock = Clock()
        target = self.form.findChild(ScanTarget)
        assert isinstance(target, ScanTarget)
        target.scanned.connect(self.scans.append)
        self.field = ""

    def widget(self, name: str) -> QWidget:
        """The widget of a field."""
        if name in CELLS:
            return self.form.body.grids["lines"].view
        extra: dict[str, QWidget] = {"pin": self.pin, "pick": self.pick.line}
        if name in extra:
            return extra[name]
        if name.startswith("filter"):
            lines = [line for line in self.bar.findChildren(QLineEdit) if not line.isReadOnly()]
            return lines[int(name.removeprefix("filter"))]
        editor = self.form.body.boxes[name].editor
        assert editor is not None
        return editor.inner

    def focus(self, name: str) -> None:
        """Bring the field's window to the front and the focus into it; empty every field."""
        self.scans.clear()
        self.clock.times.clear()
        self.field = name
        self.form.start_new()
        self.pin.clear()
        self.bar.clear()
        self.pick.line.clear()
        widget = self.widget(name)
        for window in (self.form, self.bare, self.pick):
            window.setVisible(window is widget.window())
        widget.window().activateWindow()
        widget.setFocus()
        if name in CELLS:
            view = self.form.body.grids["lines"].view
            view.put(view.lines.index(0, CELLS[name]))

    def state(self) -> dict[str, Any]:
        """What stands everywhere."""
        names = ["kind", "supplier", "remark", "keeper_id", "arrived_on", "checked_at", "freight"]
        texts = {name: _text(self.widget(name)) for name in [*names, "pin", "pick", "filter0"]}
        rows = self.form.body.grids["lines"].model
        for name, column in CELLS.items():
            texts[name] = str(rows.index(0, column).data() or "")
        if not self.field:
            return {}
        meant = self.widget(self.field)
        inside = meant.findChild(QLineEdit)  # the editor of a cell
        if self.field in CELLS and inside is not None:
            texts[self.field] = inside.text()
        return {
            "texts": texts,
            "scans": self.scans,
            "pause": self.clock.pause,
            "keys": len(self.clock.times),
            "window": int(meant.window().winId()),
            "open": inside is not None and self.field in CELLS,
            "focused": meant.hasFocus() and meant.window().isActiveWindow(),
        }


def _text(widget: QWidget) -> str:
    if isinstance(widget, QPlainTextEdit):
        return widget.toPlainText()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    assert isinstance(widget, QLineEdit)
    return widget.text()


def main() -> None:
    """Show the windows and obey until stdin ends."""
    choose_input_method()
    app = QApplication(sys.argv[:1])
    key_tap.listen(app)
    look().apply("light", 100)
    windows = Windows(Path(sys.argv[1]))
    app.installNativeEventFilter(windows.clock)

    def obey(order: dict[str, str]) -> dict[str, Any]:
        if order["do"] == "focus":
            windows.focus(order["field"])
        elif order["do"] == "clock":
            windows.clock.times.clear()
        elif order["do"] == "grab":
            windows.widget(order["field"]).window().grab().save(order["path"])
        return windows.state()

    follow_orders(app, obey)


if __name__ == "__main__":
    main()
