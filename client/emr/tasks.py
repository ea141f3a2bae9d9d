"""The crew's tasks as cards: where to, who, how far; a tap opens the record."""

from collections.abc import Callable, Sequence
from datetime import UTC

from google.protobuf.timestamp_pb2 import Timestamp
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core import entry, icons
from client.emr.shelf import crew_text
from client.emr.steps import Column
from protos import facts
from protos.dispatch import task_pb2


class TaskList(QWidget):
    """The tasks kept on this tablet, the newest first; each says how far its record is."""

    opened = Signal(str)  # task code
    refresh = Signal()

    def __init__(self, state: Callable[[str], str]) -> None:
        super().__init__()
        self._state = state
        self.buttons: dict[str, QPushButton] = {}
        self.heading = QLabel("我的任务")
        self.heading.setProperty("role", "title")
        self.note = QLabel()
        self.note.setObjectName("tasks_note")
        self.note.setProperty("role", "muted")
        again = QPushButton(icons.icon("arrows-clockwise"), "刷新")
        again.setObjectName("tasks_refresh")
        again.clicked.connect(self.refresh)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 0)
        head.addWidget(self.heading)
        head.addWidget(self.note, 1)
        head.addWidget(again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        self._body = QVBoxLayout()
        column.addLayout(self._body, 1)
        self._list: Column | None = None

    def show_tasks(self, tasks: Sequence[task_pb2.Task], note: str) -> None:
        """Show these, and a note about how fresh they are."""
        self.note.setText(f"　{note}")
        fresh = Column("task_list")
        self.buttons = {}
        for task in tasks:
            button = self._button(task)
            self.buttons[task.task_code] = button
            fresh.add(button)
        if not tasks:
            empty = QLabel("还没有分配给您的任务。有网络时会自动更新。")
            empty.setProperty("role", "muted")
            fresh.put(0, empty)
        if self._list is not None:
            self._list.setParent(None)
            self._list.deleteLater()
        self._list = fresh
        self._body.addWidget(fresh)

    def _button(self, task: task_pb2.Task) -> QPushButton:
        button = QPushButton(icons.icon("first-aid-kit", "accent"), _text(task, self._state))
        button.setObjectName(f"task_{task.task_code}")
        button.setProperty("role", "task")
        button.setIconSize(QSize(32, 32))
        button.clicked.connect(lambda _: self.opened.emit(task.task_code))
        return button


def _text(task: task_pb2.Task, state: Callable[[str], str]) -> str:
    call = task.acceptance
    step = facts.value_label(facts.field_named(task_pb2.Task.DESCRIPTOR, "state"), task.state)
    who = f"{call.patient_name or '患者姓名未知'}　{call.complaint}"
    return "\n".join(
        (
            f"{call.scene_address or task.send_place}　·　{step}　·　{state(task.task_code)}",
            who,
            f"{clock(task.assigned_at)} 派车　{task.plate}　流水号 {task.serial_no}",
        )
    )


class TaskCard(QLabel):
    """Everything the dispatch delivered about a task, for reading."""

    def __init__(self, task: task_pb2.Task) -> None:
        super().__init__()
        self.setObjectName("task_card")
        self.setWordWrap(True)
        self.setMargin(14)
        self.setProperty("role", "card")
        call = task.acceptance
        rows = (
            ("呼救地址", call.scene_address),
            ("送往地点", task.send_place or call.send_place),
            ("患者", f"{call.patient_name}　主诉：{call.complaint}"),
            ("联系人", f"{call.contact_name}　{call.contact_phone or call.call_phone}"),
            ("车辆", f"{task.plate}（{task.vehicle_code}）"),
            ("车组", crew_text(task)),
            ("特殊要求", "　".join(filter(None, (call.special_needs, call.note)))),
        )
        lines = [f"<p><b>任务 {task.serial_no}</b>　{task.task_code}</p>"]
        lines += [f"<p>{name}：{_escape(text)}</p>" for name, text in rows if text.strip("　")]
        self.setText("".join(lines))


def clock(at: Timestamp) -> str:
    """A moment as people read it; empty if it never was."""
    return entry.clock_text(at.ToDatetime(tzinfo=UTC)) if at.seconds else ""


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
