"""The one table of keys of all pages, the habits a user may choose, and how keys are bound."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
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
    "edit": Key("修改单元格", ("F2",)),
    "query": Key("到查询栏", ("F3",)),
    "calendar": Key("日历", ("F4", "Alt+Down")),
    "template": Key("常用模板", ("F4",)),
    "refresh": Key("刷新", ("F5",)),
    "switch": Key("切换查询、表格", ("F6",)),
    "run": Key("查询", ("F9",)),
    "new": Key("新建", ("Ctrl+N",)),
    "open": Key("打开", ("Return", "Enter")),
    "save": Key("保存", ("F8", "Ctrl+S")),
    "save_new": Key("保存并新增", ("F12", "Ctrl+Return", "Ctrl+Enter")),
    "copy_above": Key("抄上一行、上一张", ("Ctrl+D",)),
    "duplicate": Key("复制整张单据", ("Ctrl+Shift+D",)),
    "pin": Key("新增时保留此项", ("Ctrl+M",)),
    "balance": Key("补足差额（金额）", ("Ctrl+F7", "=")),
    "insert_line": Key("插入行", ("Ctrl+Ins",)),
    "delete_line": Key("删除行", ("Ctrl+Del",)),
    "select_all": Key("选中查到的全部记录", ("Ctrl+A",)),
    "take_out": Key("从清单里移除", ("Del",)),
    "sort": Key("按当前列排序，再按倒排", ("Alt+Up",)),
    "sort_second": Key("加当前列为第二排序", ("Alt+Shift+Up",)),
    "column_menu": Key("列菜单：选列、冻结、恢复默认", ("Alt+Down",)),
    "column_left": Key("当前列左移", ("Alt+Shift+Left",)),
    "column_right": Key("当前列右移", ("Alt+Shift+Right",)),
    "narrower": Key("当前列缩窄", ("Alt+Left",)),
    "wider": Key("当前列加宽", ("Alt+Right",)),
    "copy": Key("复制", ("Ctrl+C",)),
    "copy_head": Key("连表头复制", ("Ctrl+Shift+C",)),
    "paste": Key("粘贴", ("Ctrl+V",)),
    "history": Key("修改历史", ("Ctrl+H",)),
    "print": Key("打印", ("Ctrl+P",)),
    "preview": Key("打印预览", ("Ctrl+Shift+P",)),
    "export": Key("导出", ("Ctrl+E",)),
    "print_list": Key("打印列表", ("Ctrl+Shift+L",)),
    "go": Key("跳转到页面或单据", ("Ctrl+K",)),
    "next_tab": Key("下一个标签页", ("Ctrl+Tab",)),
    "close_tab": Key("关闭标签页", ("Ctrl+W",)),
    "lock": Key("锁定窗口", ("Ctrl+L",)),
    "close": Key("关闭、离开", ("Esc",)),
}

# Where the place of the focus, a field of its own kind or a table, decides what a key means.
SHARED = {
    "F2": {"reference", "edit"},
    "F4": {"calendar", "template"},
    "Alt+Down": {"calendar", "column_menu"},
}

_ON_KEYS = {"Return": "Enter", "Ins": "Insert", "Up": "↑", "Down": "↓", "Left": "←", "Right": "→"}

PROFILES: dict[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "own": ("标准", {}),
    "kingdee": (
        "金蝶习惯",
        {
            "reference": ("F7",),
            "save": ("F12", "F8", "Ctrl+S"),
            "save_new": ("Ctrl+Return", "Ctrl+Enter"),
        },
    ),
    "yonyou": (
        "用友习惯",
        {
            "reference": ("F2", "F7"),
            "edit": ("Ctrl+F2",),
            "new": ("F5", "Ctrl+N"),
            "refresh": ("Ctrl+F5",),
            "save": ("F6", "F8", "Ctrl+S"),
            "switch": ("Ctrl+F6",),
        },
    ),
}


class Habit(QObject):
    """The profile in force; bound keys follow it at once."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = "own"

    def choose(self, name: str) -> None:
        """Take a profile; one this version does not know is the standard."""
        name = name if name in PROFILES else "own"
        if name != self.name:
            self.name = name
            self.changed.emit()


_habit: list[Habit] = []  # made with the first widget that asks


def habit() -> Habit:
    """The one habit of the program."""
    if not _habit:
        _habit.append(Habit())
    return _habit[0]


def combinations(name: str, profile: str = "") -> tuple[str, ...]:
    """The sequences of an action, as text, in the profile in force or another."""
    _, changed = PROFILES[profile or habit().name]
    return changed.get(name, KEYS[name].sequences)


def text(name: str) -> str:
    """The key of an action as shown on buttons and in the list of keys."""
    return readable(combinations(name)[0])


def readable(combination: str) -> str:
    """A combination as it stands on the keyboard."""
    for named, shown in _ON_KEYS.items():
        combination = combination.replace(named, shown)
    return combination


def sequences(name: str) -> list[QKeySequence]:
    """The key sequences of an action."""
    return [QKeySequence(each) for each in combinations(name)]


def is_key(name: str, combination: QKeySequence) -> bool:
    """Whether a pressed combination is one of an action's keys."""
    return combination in sequences(name)


def bind(
    widget: QWidget,
    name: str,
    slot: Callable[[], object],
    context: Qt.ShortcutContext = Qt.ShortcutContext.WidgetWithChildrenShortcut,
) -> None:
    """Make the action's keys call slot while the focus is inside widget, whatever the profile."""
    made: list[QShortcut] = []

    def again() -> None:
        for old in made:
            old.setKey(QKeySequence())
            old.deleteLater()
        made.clear()
        for sequence in sequences(name):
            shortcut = QShortcut(sequence, widget)
            shortcut.setObjectName(name)
            shortcut.setContext(context)
            shortcut.activated.connect(slot)
            made.append(shortcut)

    again()
    _Follower(widget, again)


def action(widget: QWidget, name: str, label: str, slot: Callable[[], object]) -> QAction:
    """An action of a page with the common keys, its tip naming the first of them."""
    made = QAction(label or KEYS[name].label, widget)
    made.setObjectName(name)
    made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.triggered.connect(lambda: slot())  # noqa: PLW0108 - drops `checked`
    widget.addAction(made)

    def again() -> None:
        made.setShortcuts(sequences(name))
        made.setToolTip(f"{made.text()}（{text(name)}）")

    again()
    _Follower(widget, again)
    return made


HABITS = (  # what keys and clicks do that belong to no action
    ("Enter", "表单：下一栏"),
    ("Shift+Enter", "表单：上一栏"),
    ("1 … 9、0", "选第几个查找结果"),
    ("Alt+按钮上的字母", "按这个按钮，如“审核(S)”按 Alt+S"),
    ("单击表头", "按这一列排序，再按倒排"),
    ("Shift+单击表头", "加上第二列排序"),
    ("右键单击表头", "列菜单：选列、冻结、恢复默认"),
    ("Ctrl+单击、Shift+单击", "多选"),
)


class _Follower(QObject):
    """A child of a widget that binds its keys again when the profile changes."""

    def __init__(self, widget: QWidget, again: Callable[[], None]) -> None:
        super().__init__(widget)
        self._again = again
        habit().changed.connect(self.follow)

    def follow(self) -> None:
        """Bind again."""
        self._again()


def sheet() -> list[tuple[str, str]]:
    """(keys, meaning) of every action and habit, for the list of keys."""
    actions = [("、".join(combinations(name)), each.label) for name, each in KEYS.items()]
    return [*actions, *HABITS]
