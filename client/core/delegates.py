"""How cells are painted: the frame of the focus, states as coloured labels, room after numbers."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from client.core import style

TONE = Qt.ItemDataRole.UserRole + 1  # the role under which a model gives a cell's tone
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
NUMBER_GAP = 6  # px between a number and what stands right of it
Index = QModelIndex | QPersistentModelIndex


class FocusDelegate(QStyledItemDelegate):
    """Frames the cell that has the focus in the accent colour, in every theme."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the cell without the style's own mark, and the frame over it."""
        plain = _any(QStyleOptionViewItem(option))
        focused = plain.state & QStyle.StateFlag.State_HasFocus
        plain.state &= ~QStyle.StateFlag.State_HasFocus
        self.paint_cell(painter, plain, index)
        if focused:
            painter.setPen(style.colour("accent"))
            painter.drawRect(plain.rect.adjusted(0, 0, -1, -1))

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint what stands in the cell."""
        super().paint(painter, option, index)


class StateDelegate(FocusDelegate):
    """Paints states as a coloured label: sign, word and colour together."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a pill for toned values, the usual text for all others."""
        tone, text = index.data(TONE), index.data()
        if text and index.data(Qt.ItemDataRole.TextAlignmentRole) == RIGHT:
            self._paint_number(painter, option, index)
            return
        super().paint_cell(painter, option, index)
        if tone and text:
            paint_pill(painter, option, text, tone)

    def _paint_number(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """With room at the right: the next column's text begins there."""
        shown = _any(QStyleOptionViewItem(option))
        self.initStyleOption(shown, index)
        panel = QStyle.PrimitiveElement.PE_PanelItemViewItem
        shown.widget.style().drawPrimitive(panel, shown, painter, shown.widget)
        narrow = _any(QStyleOptionViewItem(option))
        narrow.rect = narrow.rect.adjusted(0, 0, -NUMBER_GAP, 0)
        super().paint_cell(painter, narrow, index)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Leave the text of toned values to the pill."""
        super().initStyleOption(option, index)
        if index.data(TONE):
            _any(option).text = ""


def _any(value: Any) -> Any:
    # PySide6's stubs of the style options lack their fields.
    return value


def paint_pill(painter: QPainter, option: QStyleOptionViewItem, text: str, tone: int) -> None:
    """A tinted rounded label with a dot, left in the cell."""
    metrics, rect = _any(option).fontMetrics, _any(option).rect
    dot = metrics.height() // 3
    width = min(metrics.horizontalAdvance(text) + dot + 22, rect.width() - 6)
    height = min(metrics.height() + 2, rect.height() - 4)
    place = QRect(rect.left() + 3, rect.center().y() - height // 2 + 1, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.tone_ground(tone))
    painter.drawRoundedRect(place, 4, 4)
    painter.setBrush(style.tone(tone))
    painter.drawEllipse(place.left() + 8, place.center().y() - dot // 2 + 1, dot, dot)
    painter.setPen(style.tone(tone))
    painter.drawText(
        place.adjusted(dot + 14, 0, -4, 0),
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        text,
    )
    painter.restore()
