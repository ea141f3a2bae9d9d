"""The About box with what changed, and the list of keys."""

from collections.abc import Sequence
from importlib.resources import files

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from client import __version__
from client.core import keys, style
from client.core.login import PRODUCT

COLUMNS = 3  # of the list of keys


def changelog() -> str:
    """What changed, in Markdown; empty where none was shipped."""
    path = files("resources") / "changelog.md"
    return path.read_text("utf-8") if path.is_file() else ""


def about(server_version: str, parent: QWidget) -> QDialog:
    """Versions and the change log."""
    dialog, layout = _dialog("关于", parent)
    name = QLabel(PRODUCT, dialog)
    name.setProperty("role", "title")
    layout.addWidget(name)
    layout.addWidget(QLabel(f"客户端 {__version__}　服务器 {server_version or '未连接'}", dialog))
    text = QTextBrowser(dialog)
    text.setMarkdown(changelog() or "没有更新说明。")
    layout.addWidget(text, 1)
    return _closing(dialog, layout)


def key_sheet(parent: QWidget, own: Sequence[tuple[str, str]] = ()) -> QDialog:
    """Every key of the program, the same on all pages; before them the page's own verbs."""
    dialog, layout = _dialog("按键一览", parent)
    em = dialog.fontMetrics().height()
    dialog.resize(style.within_screen(dialog, em * 58, em * 32))  # all keys at one look
    body = QWidget(dialog)
    grid = QGridLayout(body)
    grid.setHorizontalSpacing(20)
    sheet = [*own, *keys.sheet()]
    rows = -(-len(sheet) // COLUMNS)
    for number, (combination, meaning) in enumerate(sheet):
        column, row = divmod(number, rows)
        names = dict.fromkeys(keys.readable(combination).split("、"))
        pressed = QLabel("、".join(names), body)
        pressed.setProperty("role", "heading")
        grid.addWidget(pressed, row, column * 2)
        grid.addWidget(QLabel(meaning, body), row, column * 2 + 1)
    area = QScrollArea(dialog)
    area.setWidgetResizable(True)
    area.setWidget(body)
    layout.addWidget(area, 1)
    return _closing(dialog, layout)


def _dialog(title: str, parent: QWidget) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    em = dialog.fontMetrics().height()
    dialog.resize(style.within_screen(dialog, em * 36, em * 26))
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 16, 20, 16)
    return dialog, layout


def _closing(dialog: QDialog, layout: QVBoxLayout) -> QDialog:
    button = QPushButton("关闭", dialog)
    button.clicked.connect(dialog.accept)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)
    return dialog
