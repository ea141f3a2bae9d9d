"""The one table of keys of all pages, and how they are bound."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget


class Key(NamedTuple):
    """What a key does on every page, and the sequences that do it; the first is shown."""

    label: str
    sequences: tuple[str, ...]


KEYS = {
    "help": Key("帮助", ("F1",)),
    "sheet": Key("按键一览", ("Ctrl+F1",)),
    "reference": Key("参照列表", ("F7", "F2")),
    "query": Key("到查询栏", ("F3",)),
    "calendar": Key("日历", ("F4", "Alt+Down")),
    "refresh": Key("刷新", ("F5",)),
    "switch": Key("切换查询、表格", ("F6",)),
    "run": Key("查询", ("F9",)),
    "new": Key("新建", ("Ctrl+N",)),
    "open": Key("打开", ("Return", "Enter")),
    "save": Key("保存", ("F8", "Ctrl+S")),
    "save_new": Key("保存并新增", ("F12", "Ctrl+Return", "Ctrl+Enter")),
    "copy_above": Key("抄上一行", ("Ctrl+D",)),
    "insert_line": Key("插入行", ("Ctrl+Ins",)),
    "delete_line": Key("删除行", ("Ctrl+Del",)),
    "select_all": Key("选中查到的全部记录", ("Ctrl+A",)),
    "take_out": Key("从清单里移除", ("Del",)),
    "copy": Key("复制", ("Ctrl+C",)),
    "copy_head": Key("连表头复制", ("Ctrl+Shift+C",)),
    "paste": Key("粘贴", ("Ctrl+V",)),
    "print": Key("打印", ("Ctrl+P",)),
    "preview": Key("打印预览", ("Ctrl+Shift+P",)),
    "export": Key("导出", ("Ctrl+E",)),
    "go": Key("跳转到页面", ("Ctrl+K",)),
    "next_tab": Key("下一个标签页", ("Ctrl+Tab",)),
    "close_tab": Key("关闭标签页", ("Ctrl+W",)),
    "lock": Key("锁定窗口", ("Ctrl+L",)),
    "close": Key("关闭、离开", ("Esc",)),
}


def text(name: str) -> str:
    """The key of an action as shown on buttons and in the list of keys."""
    return KEYS[name].sequences[0].replace("Return", "Enter").replace("Ins", "Insert")


def sequences(name: str) -> list[QKeySequence]:
    """The key sequences of an action."""
    return [QKeySequence(each) for each in KEYS[name].sequences]


def is_key(name: str, combination: QKeySequence) -> bool:
    """Whether a pressed combination is one of an action's keys."""
    return combination in sequences(name)


def bind(widget: QWidget, name: str, slot: Callable[[], object]) -> None:
    """Make the action's keys call slot while the focus is inside widget."""
    for sequence in sequences(name):
        shortcut = QShortcut(sequence, widget)
        shortcut.setObjectName(name)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(slot)


def action(widget: QWidget, name: str, label: str, slot: Callable[[], object]) -> QAction:
    """An action of a page with the common keys, its tip naming the first of them."""
    made = QAction(label or KEYS[name].label, widget)
    made.setObjectName(name)
    made.setShortcuts(sequences(name))
    made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.setToolTip(f"{made.text()}（{text(name)}）")
    made.triggered.connect(lambda: slot())  # noqa: PLW0108 - drops `checked`
    widget.addAction(made)
    return made


HABITS = (  # what keys and clicks do that belong to no action
    ("Enter", "表单：下一栏"),
    ("Shift+Enter", "表单：上一栏"),
    ("1 … 9、0", "选第几个查找结果"),
    ("单击表头", "按这一列排序，再按倒排"),
    ("Shift+单击表头", "加上第二列排序"),
    ("右键单击表头", "选列、冻结列、恢复默认"),
    ("Ctrl+单击、Shift+单击", "多选"),
)


def sheet() -> list[tuple[str, str]]:
    """(keys, meaning) of every action and habit, for the list of keys."""
    actions = [("、".join(each.sequences), each.label) for each in KEYS.values()]
    return [*actions, *HABITS]
