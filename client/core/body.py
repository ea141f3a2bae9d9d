"""The body of a form: labelled editors in rows, line grids, and the faults beside them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QScrollArea, QVBoxLayout, QWidget

from client.core import fields, keys, style, values
from client.core.api import Api
from client.core.lines import LinesGrid
from client.core.page import Lines
from client.core.settings import Settings
from protos import facts
from protos.facts import Fault, Kind

Make = Callable[[FieldDescriptor, Api, Settings, QWidget], fields.Editor]
_PATH = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")
LEAST_LETTERS = 13  # a field's column holds at least
MARGIN, _GAP = 16, 8  # pixels left and right of the body, and between two columns
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FieldBox(QWidget):
    """One field of a form: editor or flat display, and below it the fault or the hint."""

    def __init__(self, editor: fields.Editor | None, field: FieldDescriptor) -> None:
        super().__init__()
        self.field, self.editor = field, editor
        self.pinned = False  # kept by "save and new"
        self.display = fields.Display(field)
        self.note = QLabel()
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        if editor is not None:
            column.addWidget(editor)
        column.addWidget(self.display)
        column.addWidget(self.note)
        column.addStretch(1)
        self.set_read_only(editor is None)

    @property
    def enterable(self) -> bool:
        """Whether the user can enter something here."""
        return self.editor is not None and not self.editor.isHidden()

    @property
    def is_empty(self) -> bool:
        """Whether something is still to be entered; a box not ticked says no."""
        editor = self.editor
        return editor is not None and not editor.value() and editor.value() is not False

    def set_read_only(self, on: bool) -> None:
        """Show the flat display instead of the editor."""
        self.display.setVisible(on or self.editor is None)
        if self.editor is not None:
            self.editor.setVisible(not on)
        self.show_fault("")

    def mark_filled(self, on: bool) -> None:
        """Show grey what was filled in for the user, until it is touched."""
        if self.editor is not None:
            style.restyle(self.editor.inner, "filled", on)

    def load(self, message: Message, names: values.Naming) -> None:
        """Show the field of a message."""
        self.mark_filled(False)
        value = values.read_any(message, self.field)
        if self.editor is not None:
            self.editor.set_value(value)
        self.display.show_text(values.shown(message, self.field, names))

    def store(self, message: Message) -> None:
        """Put what is entered into a message."""
        if self.editor is not None:
            values.write_any(message, self.field, self.editor.value())

    def show_fault(self, text: str) -> None:
        """Say what is wrong, or, with nothing wrong, the contract's hint."""
        hint = facts.of_field(self.field).hint if self.enterable else ""
        self.note.setText(text or hint)
        self.note.setVisible(bool(text or hint))
        style.restyle(self.note, "role", "fault" if text else "muted")
        if self.editor is not None:
            style.restyle(self.editor.inner, "fault", bool(text))
            self.editor.inner.setAccessibleDescription(text)


class BodyArea(QScrollArea):
    """Shows a body; it scrolls downwards and folds its columns rather than scroll sideways."""

    def __init__(self, body: "Body") -> None:
        super().__init__()
        self._body = body
        self.setWidgetResizable(True)
        self.setWidget(body)
        style.flick(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._body.fit(self.viewport().width())
        super().resizeEvent(event)


class Body(QWidget):
    """Editors of the named fields of a message, row by row, and its line grids."""

    changed = Signal()
    finished = Signal()  # Enter in the last field
    note = Signal(str)
    folded = Signal()  # it has other columns now, and another height
    pin = Signal(str)  # the field's name: the user wants it kept, or no longer

    def __init__(
        self,
        record: Descriptor,
        rows: Sequence[Sequence[str]],
        lines: Sequence[Lines],
        widgets: Mapping[str, Make],
        api: Api,
        settings: Settings,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._api, self._settings, self._widgets = api, settings, widgets
        self.boxes: dict[str, FieldBox] = {}
        self._labels: dict[str, QLabel] = {}
        self.grids: dict[str, LinesGrid] = {}
        self._loading = False
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 12, MARGIN, 8)
        self._rows = [list(names) for names in rows]
        self._silent: set[str] = set()  # fields that say nothing yet: the others take their room
        self._most = max((len(row) for row in rows), default=1)
        column.addLayout(self._build_rows(record))
        for spec in lines:
            grid = self._build_grid(record, spec)
            column.addWidget(grid, 1)
        if not lines:
            column.addStretch(1)

    def _build_rows(self, record: Descriptor) -> QGridLayout:
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(6)
        for name in (name for names in self._rows for name in names):
            self._add(record.fields_by_name[name])
        self._columns = self._most
        self._arrange()
        self._scale()
        style.look().changed.connect(self._scale)
        return self._grid

    def _arrange(self) -> None:
        """Put what says something into the columns; a row with more fields goes on in the next."""
        for at, names in enumerate(self._folded()):
            for place, name in enumerate(names):
                last = place == len(names) - 1
                span = 2 * (self._columns - place) - 1 if last else 1
                for widget in (self._labels[name], self.boxes[name]):
                    self._grid.removeWidget(widget)
                self._grid.addWidget(self._labels[name], at, place * 2)
                self._grid.addWidget(self.boxes[name], at, place * 2 + 1, 1, span)
        for place in range(self._most):
            self._grid.setColumnStretch(place * 2 + 1, int(place < self._columns))

    def _folded(self) -> Iterator[list[str]]:
        for names in self._rows:
            told = [name for name in names if name not in self._silent]
            for first in range(0, len(told), self._columns):
                yield told[first : first + self._columns]

    def fit(self, room: int) -> None:
        """Take as many columns as the room, in pixels, holds; at least one."""
        label = max((each.sizeHint().width() for each in self._labels.values()), default=0)
        holds = (room - 2 * MARGIN) // (label + self._least() + 2 * _GAP)
        wanted = min(max(holds, 1), self._most)
        if wanted != self._columns:
            self._columns = wanted
            self._arrange()
            self._scale()
            self.folded.emit()

    def _least(self) -> int:
        return self.fontMetrics().averageCharWidth() * LEAST_LETTERS

    def _scale(self) -> None:
        """Room for so many letters in each column, at every size of them; stars in its red."""
        for place in range(self._most):
            self._grid.setColumnMinimumWidth(
                place * 2 + 1, self._least() if place < self._columns else 0
            )
        for name, label in self._labels.items():
            label.setText(_caption(self.boxes[name]))

    def _add(self, field: FieldDescriptor) -> None:
        fact = facts.of_field(field)
        box = FieldBox(None if fact.read_only else self._make(field), field)
        label = QLabel(_caption(box))
        label.setProperty("role", "muted")
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        label.setContentsMargins(8, 5, 0, 0)
        if box.editor is not None:
            label.setBuddy(box.editor)
            label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            label.customContextMenuRequested.connect(lambda at: self._menu(box, label, at))
            box.editor.changed.connect(lambda: self._edited(box))
            box.editor.done.connect(lambda: self.go_on(box.editor))
        self.boxes[field.name], self._labels[field.name] = box, label

    def _menu(self, box: FieldBox, label: QLabel, at: QPoint) -> None:
        menu = QMenu(label)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction(keys.KEYS["pin"].label)
        action.setCheckable(True)
        action.setChecked(box.pinned)
        action.triggered.connect(lambda _: self.pin.emit(box.field.name))
        menu.popup(label.mapToGlobal(at))

    def show_pins(self, names: Sequence[str]) -> None:
        """Mark the labels of the fields that "save and new" keeps."""
        for name, box in self.boxes.items():
            box.pinned = name in names
            self._labels[name].setText(_caption(box))

    def mark_filled(self) -> None:
        """Show grey everything that stands in a new record before the user typed."""
        for box in self.boxes.values():
            box.mark_filled(box.enterable and bool(box.editor and box.editor.value()))

    def focused(self) -> FieldBox | None:
        """The field the user is in; None outside the header rows."""
        focus = self.focusWidget()
        stops = (box for box in self.boxes.values() if box.editor and box.enterable)
        return next((b for b in stops if focus and b.editor and _within(focus, b.editor)), None)

    def _make(self, field: FieldDescriptor) -> fields.Editor:
        make = self._widgets.get(field.name, fields.make)
        return make(field, self._api, self._settings, self)

    def _build_grid(self, record: Descriptor, spec: Lines) -> LinesGrid:
        field = record.fields_by_name[spec.field]
        grid = LinesGrid(field, spec, self._api, self._settings, self)
        grid.changed.connect(self._tell)
        grid.left_end.connect(lambda: self.go_on(grid.view))
        grid.note.connect(self.note)
        self.grids[spec.field] = grid
        return grid

    def load(self, message: Message) -> None:
        """Show a message, with no faults."""
        self._loading = True
        for name, box in self.boxes.items():
            box.load(message, self._api.names)
            # What the server will fill later says nothing yet.
            told = box.editor is not None or bool(values.shown(message, box.field, self._api.names))
            box.setVisible(told)
            self._labels[name].setVisible(told)
            (self._silent.discard if told else self._silent.add)(name)
        self._arrange()
        for name, grid in self.grids.items():
            grid.load(list(getattr(message, name)))
        self.show_faults([])
        self._loading = False
        self._fetch_names(message)

    def _fetch_names(self, message: Message) -> None:
        for box in self.boxes.values():
            if facts.kind(box.field) is Kind.REF and not box.field.is_repeated:
                id, service = getattr(message, box.field.name), facts.of_field(box.field).ref
                if id and not self._api.names.text(service, id):
                    self._api.names.fetch(service, [id], self, partial(self._named, box, message))

    def _named(self, box: FieldBox, message: Message) -> None:
        box.display.show_text(values.shown(message, box.field, self._api.names))

    def store(self, message: Message) -> None:
        """Put everything entered into a message."""
        for box in self.boxes.values():
            box.store(message)
        for grid in self.grids.values():
            grid.store(message)

    def commit(self) -> None:
        """Bring half-typed cells and fields into their final form."""
        for grid in self.grids.values():
            grid.commit()
        for box in self.boxes.values():
            if box.editor is not None:
                box.editor.settle()

    def set_read_only(self, on: bool) -> None:
        """Show everything flat, or allow changes."""
        for name, box in self.boxes.items():
            box.set_read_only(on)
            self._labels[name].setText(_caption(box))
        for grid in self.grids.values():
            grid.set_read_only(on or facts.of_field(grid.field).read_only)

    def faults(self, message: Message) -> list[Fault]:
        """What cannot be read here, then what the contract says of the rest."""
        found = {
            name: Fault(name, box.editor.fault())
            for name, box in self.boxes.items()
            if box.editor is not None and box.enterable and box.editor.fault()
        }
        for name, grid in self.grids.items():
            for fault in grid.model.faults():
                found[name + fault.path] = Fault(name + fault.path, fault.text)
        for fault in facts.faults(message):
            found.setdefault(fault.path, fault)
        return list(found.values())

    def unread(self) -> dict[str, str]:
        """What was typed and cannot be read yet, by path."""
        found = {
            name: box.editor.unread()
            for name, box in self.boxes.items()
            if box.editor is not None and box.enterable
        }
        for name, grid in self.grids.items():
            found |= {name + path: text for path, text in grid.model.unread().items()}
        return {path: text for path, text in found.items() if text}

    def show_unread(self, texts: Mapping[str, str]) -> None:
        """Put texts back that could not be read; what has no place here any more is passed over."""
        for path, text in texts.items():
            name, number, inner = _parts(path)
            if number is not None and name in self.grids:
                self.grids[name].model.show_unread(number, inner, text)
            elif name in self.boxes and (editor := self.boxes[name].editor) is not None:
                editor.show_unread(text)

    def has_unread(self) -> bool:
        """Whether something typed cannot be read yet."""
        editors = [b.editor for b in self.boxes.values() if b.editor is not None and b.enterable]
        unread = any(editor.fault() for editor in editors)
        return unread or any(grid.model.faults() for grid in self.grids.values())

    def show_faults(self, found: Sequence[Fault]) -> list[Fault]:
        """Write each fault beside its field; answers those that have no place here."""
        fields_of: dict[str, str] = {}
        cells: dict[str, dict[tuple[int, str], str]] = {name: {} for name in self.grids}
        rest = []
        for fault in found:
            name, number, inner = _parts(fault.path)
            if name in self.grids and number is not None:
                cells[name][number, inner] = fault.text
            elif name in self.grids or name in self.boxes:
                fields_of[name] = fault.text
            else:
                rest.append(fault)
        for name, box in self.boxes.items():
            box.show_fault(fields_of.get(name, ""))
        for name, grid in self.grids.items():
            grid.show_faults(cells[name], fields_of.get(name, ""))
        return rest

    def go_to(self, path: str) -> None:
        """Put the focus where a fault is."""
        name, number, inner = _parts(path)
        if name in self.grids:
            self.grids[name].go_to(number or 0, inner)
        elif name in self.boxes:
            editor = self.boxes[name].editor
            if editor is not None:
                editor.setFocus()

    def begin(self, fresh: bool = True) -> None:
        """Put the focus into the first field, of a fresh record the first empty one."""
        enterable = [box for box in self.boxes.values() if box.enterable and box.editor]
        empty = [box for box in enterable if fresh and box.is_empty]
        for box in [*empty, *enterable][:1]:
            assert box.editor is not None
            box.editor.setFocus()
        if not enterable and self.grids:
            next(iter(self.grids.values())).view.begin()

    def go_on(self, origin: QWidget | None, step: int = 1) -> None:
        """Put the focus into the field after (or before) origin; past the last, finish."""
        stops: list[QWidget] = [b.editor for b in self.boxes.values() if b.editor and b.enterable]
        stops += [grid.view for grid in self.grids.values() if grid.model.editable]
        at = [n for n, stop in enumerate(stops) if origin and _within(origin, stop)]
        target = at[0] + step if at else 0
        if target >= len(stops):
            self.finished.emit()
        elif target >= 0:
            self._focus(stops[target])

    def _focus(self, stop: QWidget) -> None:
        begin = getattr(stop, "begin", None)
        if begin is not None:
            begin()
        else:
            stop.setFocus(Qt.FocusReason.TabFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back."""
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in ENTER and plain:
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.go_on(self.focusWidget(), -1 if back else 1)
            return
        super().keyPressEvent(event)

    def _edited(self, box: FieldBox) -> None:
        box.show_fault("")
        box.mark_filled(False)
        self._tell()

    def _tell(self) -> None:
        if not self._loading:
            self.changed.emit()


def _caption(box: FieldBox) -> str:
    """The label, with a star where something has to be entered, and a word where it is kept."""
    label = facts.label(box.field)
    if box.enterable and facts.of_field(box.field).required:
        label += f' <span style="color:{style.colour("bad").name()}">*</span>'
    if box.enterable and box.pinned:
        label += f' <span style="color:{style.colour("accent").name()}">固定</span>'
    return label


def _within(widget: QWidget, stop: QWidget) -> bool:
    return widget is stop or stop.isAncestorOf(widget)


def _parts(path: str) -> tuple[str, int | None, str]:
    found = _PATH.match(path)
    if not found:
        return path, None, ""
    return found[1], int(found[2]) if found[2] is not None else None, found[3] or ""
