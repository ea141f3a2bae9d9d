"""A fault of the program itself: a number for the user, a line without field values in the log."""

import logging
import secrets
import sys
import threading
from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QThread
from PySide6.QtWidgets import QApplication, QMessageBox

log = logging.getLogger("client.fault")
_DEPTH = 6  # innermost places named in the log
_TEXT = (
    "程序出错（编号 {number}）。填写的内容会自动存为草稿，请关闭这一页重新打开。\n"
    "再次出现时，请在右上角菜单“诊断”中导出诊断包，连同编号交给信息科。"
)
_shown: list[QMessageBox] = []  # the one box that is open


def install() -> None:
    """Let faults in slots, and in threads, be numbered and logged from now on."""
    sys.excepthook = caught
    threading.excepthook = lambda given: _note(given.exc_type, given.exc_traceback)


def caught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log a fault and tell the user its number; while one is being told, others are only logged."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    number = _note(kind, trace)
    app = QCoreApplication.instance()
    here = isinstance(app, QApplication) and QThread.currentThread() is app.thread()
    if here and not _shown:
        _tell(number)


def _note(kind: type[BaseException], trace: TracebackType | None) -> str:
    """One line: number, type and places; an exception's own text may hold what was typed."""
    number = f"{secrets.randbelow(16**8):08X}"
    frames = extract_tb(trace)[-_DEPTH:] if trace else []
    places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames)]
    log.error("%s %s at %s", number, kind.__name__, " < ".join(places) or "?")
    return number


def _tell(number: str) -> None:
    box = QMessageBox(QApplication.activeWindow())
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("程序出错")
    box.setText(_TEXT.format(number=number))
    box.finished.connect(lambda _: _shown.clear())
    _shown.append(box)
    box.open()
