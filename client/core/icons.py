"""The icons: Phosphor, drawn in the colours of the present look; the only importer of qtawesome."""

import logging
from functools import cache

import qtawesome
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from client.core import style

DEFAULT = "file-text"
_PREFIX = "ph"
_FILL = 0.95  # of the icon's height
log = logging.getLogger(__name__)


def icon(name: str, colour: str = "muted") -> QIcon:
    """An icon of the set ("car", or qtawesome's "ph.car"), in the colour of a token."""
    return QIcon(_Engine(_character(name or DEFAULT), colour))


def exists(name: str) -> bool:
    """Whether the set has an icon of that name."""
    try:
        return bool(qtawesome.charmap(f"{_PREFIX}.{name.removeprefix(f'{_PREFIX}.')}"))
    except (KeyError, ValueError):
        return False


@cache
def _character(name: str) -> str:
    """The font character; the default's for a name the set does not have."""
    if not exists(name):
        log.warning("no icon named %s", name)
        name = DEFAULT
    return str(qtawesome.charmap(f"{_PREFIX}.{name.removeprefix(f'{_PREFIX}.')}"))


class _Engine(QIconEngine):
    """Draws one character at any size, asking for the colour when it paints."""

    def __init__(self, character: str, colour: str) -> None:
        super().__init__()
        self._character = character
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        disabled = mode is QIcon.Mode.Disabled
        font = qtawesome.font(_PREFIX, 12)
        font.setPixelSize(max(1, round(rect.height() * _FILL)))
        painter.save()
        painter.setFont(font)
        painter.setPen(style.colour("disabled" if disabled else self._colour))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._character, self._colour)
