"""What nobody could read or reach in a window: cut texts, overlaps, widgets outside; by metrics."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSplitterHandle,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QTabBar,
    QTableView,
    QToolButton,
    QWidget,
)

SLACK = 1  # px that rounding may take
_Inputs = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit, QAbstractSpinBox)


def flaws(window: QWidget, most: QSize | None = None) -> list[str]:
    """Every flaw of a shown window, one line each; `most` is the screen it has to fit."""
    found = []
    if most and (window.width() > most.width() or window.height() > most.height()):
        size = f"{window.width()}×{window.height()}"
        found.append(f"{_name(window)} is {size}, the screen {most.width()}×{most.height()}")
    for widget in _seen(window):
        for kind, check in _CHECKS:
            if isinstance(widget, kind):
                found += [f"{_name(widget)}: {text}" for text in check(widget)]
        found += [f"{_name(widget)}: {text}" for text in _reached(widget, window)]
    found += list(_overlaps(window))
    return found


def _seen(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window and not _is_machinery(widget):
            yield widget


def _is_machinery(widget: QWidget) -> bool:
    """Parts Qt itself places: scroll bars, the arrows of tab bars, corners of tables."""
    parent = widget.parentWidget()
    return isinstance(parent, QTabBar | QAbstractItemView | QComboBox | QLineEdit) and not (
        isinstance(widget, QHeaderView | QLabel)
    )


def _any(value: Any) -> Any:
    # PySide6's stubs of the style options lack their fields.
    return value


# --- texts -------------------------------------------------------------------------------------


def _label(label: QLabel) -> Iterator[str]:
    text = label.text()
    if not text.strip() or not label.pixmap().isNull():
        return
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if needed > label.height() + SLACK:
            yield f"{needed} px of text in {label.height()}"
        if label.minimumSizeHint().width() > label.width() + SLACK:
            yield f"a word of {label.minimumSizeHint().width()} px in {label.width()}"
        return
    hint = label.sizeHint()
    if hint.width() > label.width() + SLACK or hint.height() > label.height() + SLACK:
        yield f"needs {_size(hint)}, has {_size(label.size())}"


def _push(button: QPushButton) -> Iterator[str]:
    option = QStyleOptionButton()
    button.initStyleOption(option)
    inner = button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button)
    wanted = _text_size(button, button.text())
    if not button.icon().isNull() and button.text():
        wanted.setWidth(wanted.width() + button.iconSize().width() + 4)
    yield from _fits(wanted, inner.size())


def _check(box: QCheckBox) -> Iterator[str]:
    hint = box.sizeHint()
    if hint.width() > box.width() + SLACK or hint.height() > box.height() + SLACK:
        yield f"needs {_size(hint)}, has {_size(box.size())}"


def _tool(button: QToolButton) -> Iterator[str]:
    # Its margin may be cut where it stands in the corner of the tabs; the letters may not.
    wanted = QSize(button.sizeHint().width(), button.fontMetrics().height())
    if wanted.width() > button.width() + SLACK or wanted.height() > button.height():
        yield f"needs {_size(wanted)}, has {_size(button.size())}"


def _line(line: QLineEdit) -> Iterator[str]:
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    inner = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line)
    margins = line.textMargins()
    width = inner.width() - margins.left() - margins.right() - 4
    wanted = _text_size(line, "" if line.text() else line.placeholderText())
    yield from _fits(wanted, QSize(width, inner.height()))


def _combo(box: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    inner = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    yield from _fits(_text_size(box, box.currentText()), inner.size())


def _table(table: QTableView) -> Iterator[str]:
    needed = table.fontMetrics().height()
    if table.model() and table.model().rowCount() and table.rowHeight(0) < needed:
        yield f"rows of {table.rowHeight(0)} px for letters of {needed}"
    yield from _figures(table)


def _figures(table: QTableView) -> Iterator[str]:
    """Numbers in sight that are cut: 1,2… is no amount."""
    model, metrics = table.model(), table.fontMetrics()
    last = table.rowAt(table.viewport().height() - 1)
    shown = model.rowCount() if last < 0 else last + 1
    for row in range(max(table.rowAt(0), 0), shown if model.rowCount() else 0):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            if table.isColumnHidden(column) or not _is_figure(index):
                continue
            wanted = metrics.horizontalAdvance(str(index.data()))
            if wanted > table.columnWidth(column):
                yield f"“{index.data()}” needs {wanted} px, has {table.columnWidth(column)}"


def _is_figure(index: QModelIndex) -> bool:
    side = index.data(Qt.ItemDataRole.TextAlignmentRole)
    return bool(side and int(side) & int(Qt.AlignmentFlag.AlignRight)) and index.data() is not None


def _header(header: QHeaderView) -> Iterator[str]:
    if header.orientation() is not Qt.Orientation.Horizontal or header.model() is None:
        return
    for column in range(header.count()):
        if header.isSectionHidden(column):
            continue
        title = str(header.model().headerData(column, Qt.Orientation.Horizontal) or "")
        wanted = header.fontMetrics().horizontalAdvance(title)
        if wanted > header.sectionSize(column):
            yield f"column “{title}” needs {wanted} px, has {header.sectionSize(column)}"
    if header.height() < header.fontMetrics().height():
        yield f"{header.height()} px high"


def _tabs(bar: QTabBar) -> Iterator[str]:
    for at in range(bar.count()):
        wanted = bar.fontMetrics().horizontalAdvance(bar.tabText(at))
        if (
            bar.tabRect(at).width() < wanted
            or bar.tabRect(at).height() < bar.fontMetrics().height()
        ):
            yield f"tab “{bar.tabText(at)}” needs {wanted} px, has {bar.tabRect(at).width()}"


def _sideways(area: QScrollArea) -> Iterator[str]:
    if area.horizontalScrollBar().maximum():
        yield f"scrolls {area.horizontalScrollBar().maximum()} px sideways"


_CHECKS: tuple[tuple[type[QWidget], Callable[[Any], Iterator[str]]], ...] = (
    (QLabel, _label),
    (QPushButton, _push),
    (QCheckBox, _check),
    (QToolButton, _tool),
    (QLineEdit, _line),
    (QComboBox, _combo),
    (QTableView, _table),
    (QHeaderView, _header),
    (QTabBar, _tabs),
    (QScrollArea, _sideways),
)


def _text_size(widget: QWidget, text: str) -> QSize:
    if "</" in text:
        document = QTextDocument()
        document.setDefaultFont(widget.font())
        document.setHtml(text)
        return document.size().toSize()
    return widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text)


def _fits(wanted: QSize, has: QSize) -> Iterator[str]:
    # The last rows of a font's height hold no ink in Chinese: two may go.
    if wanted.width() > has.width() + SLACK or wanted.height() > has.height() + 2:
        yield f"needs {_size(wanted)}, has {_size(has)}"


# --- places ------------------------------------------------------------------------------------


def _reached(widget: QWidget, window: QWidget) -> Iterator[str]:
    """Whether what can be pressed or typed into lies in the window, or can be scrolled to."""
    if not isinstance(widget, _Inputs) or _in_view(widget):
        return
    area = _scroll_area(widget)
    holder = (area.widget() if isinstance(area, QScrollArea) else None) or window
    place = QRect(widget.mapTo(holder, QPoint()), widget.size())
    if not holder.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(place):
        yield f"outside: {_rect(place)} of {_size(holder.size())}"
    off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    if isinstance(area, QScrollArea) and area.horizontalScrollBarPolicy() is off:
        wide = area.viewport().width()
        if place.right() > wide:
            yield f"right of what can be scrolled to: {_rect(place)} of {wide}"


def _scroll_area(widget: QWidget) -> QAbstractScrollArea | None:
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, QAbstractScrollArea):
            return parent
        parent = parent.parentWidget()
    return None


def _in_view(widget: QWidget) -> bool:
    return isinstance(_scroll_area(widget), QAbstractItemView)


def _overlaps(window: QWidget) -> Iterator[str]:
    """Widgets of one layout that lie on each other."""
    for parent in [window, *_seen(window)]:
        if parent.layout() is None:
            continue
        children = [
            child
            for child in parent.findChildren(QWidget)
            if child.parentWidget() is parent and child.isVisible() and not child.isWindow()
            and not isinstance(child, QSplitterHandle) and _placed(parent, child)
        ]  # fmt: skip
        for child in children:
            if not parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(child.geometry()):
                place = _rect(child.geometry())
                yield f"{_name(child)}: outside {_name(parent)}: {place} of {_size(parent.size())}"
        for one, other in combinations(children, 2):
            common = one.geometry().intersected(other.geometry())
            if common.width() > SLACK and common.height() > SLACK:
                yield f"{_name(one)} and {_name(other)} overlap by {_size(common.size())}"


def _placed(parent: QWidget, child: QWidget) -> bool:
    """Whether a layout of the parent places the child; veils and pop-ups lie over everything."""
    layout = parent.layout()
    assert layout is not None
    # No itemAt: PySide may keep what it answers for another object born at the same address.
    return any(each.indexOf(child) >= 0 for each in (layout, *layout.findChildren(QLayout)))


# --- words -------------------------------------------------------------------------------------


def _name(widget: QWidget) -> str:
    """Kind, text and the named parents of a widget, for a person to find it."""
    text = next(
        (
            str(getattr(widget, name)())
            for name in ("text", "placeholderText", "accessibleName", "windowTitle")
            if hasattr(widget, name) and getattr(widget, name)()
        ),
        "",
    )
    return f"{type(widget).__name__} “{text[:24]}”"


def _size(size: QSize) -> str:
    return f"{size.width()}×{size.height()}"


def _rect(rect: QRect) -> str:
    return f"{rect.x()},{rect.y()} {rect.width()}×{rect.height()}"


def settle() -> None:
    """Let layouts find their final places."""
    for _ in range(3):
        QApplication.processEvents()
