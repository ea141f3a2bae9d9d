"""The icons: Phosphor as qtawesome ships it, drawn in the colours of the present look.

Only its font and its list of names are used: importing it would import half of Qt a second time.
"""

import json
import logging
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from client.core import style

DEFAULT = "file-text"
_PREFIX = "ph."
_FILL = 0.95  # of the icon's height
log = logging.getLogger(__name__)


def icon(name: str, colour: str = "muted") -> QIcon:
    """An icon of the set ("car", or qtawesome's "ph.car"), in the colour of a token."""
    return QIcon(_Engine(_character(name or DEFAULT), colour))


def exists(name: str) -> bool:
    """Whether the set has an icon of that name."""
    return name.removeprefix(_PREFIX) in _characters()


@cache
def _folder() -> Path:
    """Where qtawesome keeps its fonts."""
    spec = find_spec("qtawesome")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "fonts"


@cache
def _characters() -> dict[str, str]:
    """The font's character of each icon, by name."""
    file = next(_folder().glob("phosphor-charmap-*.json"))
    return {name: chr(int(code, 16)) for name, code in json.loads(file.read_bytes()).items()}


@cache
def _family() -> str:
    """The font's family, made known to Qt."""
    file = next(_folder().glob("phosphor-[0-9]*.ttf"))
    return QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))[0]


@cache
def _character(name: str) -> str:
    """The font character; the default's for a name the set does not have."""
    if not exists(name):
        log.warning("no icon named %s", name)
        name = DEFAULT
    return _characters()[name.removeprefix(_PREFIX)]


class _Engine(QIconEngine):
    """Draws one character at any size, asking for the colour when it paints."""

    def __init__(self, character: str, colour: str) -> None:
        super().__init__()
        self._character = character
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        disabled = mode is QIcon.Mode.Disabled
        font = QFont(_family())
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
