"""The fonts forms are drawn with: embedded, cut to what is used, one taking over from another.

The chain is fixed, so that a form looks the same on every machine: WenQuanYi Micro Hei for Latin
and the basic block, Zen Hei for Extension A, LXGW WenKai for the rare names of the national table,
HanaMin B for every other character of Extensions B to F.
"""

import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from resources.print.core.errors import FontsMissing

MISSING = "〓"  # the printers' mark for a character no font has

_FOLDERS = (
    Path(__file__).parents[2] / "fonts",
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
)
_BLOCK = 100  # most entries in one bfchar block: PDF 32000-1, 9.10.3, by way of Adobe note 5014
_lock = threading.RLock()
_loaded: dict[str, "EmbeddedFont"] = {}


@dataclass(frozen=True, slots=True)
class Source:
    """One font of the chain: where its file is, and which Debian package brings it."""

    name: str
    family: str
    path: str
    package: str


CHAIN = (
    Source("Text", "文泉驿微米黑", "truetype/wqy/wqy-microhei.ttc", "fonts-wqy-microhei"),
    Source("ExtA", "文泉驿正黑", "truetype/wqy/wqy-zenhei.ttc", "fonts-wqy-zenhei"),
    Source("Rare", "霞鹜文楷", "truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", "fonts-lxgw-wenkai"),
    Source("Last", "花园明朝 B", "truetype/hanazono/HanaMinB.ttf", "fonts-hanazono"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that one font can draw."""

    font: str
    text: str


class EmbeddedFont(TTFont):
    """A TrueType font whose text layer reads back beyond the basic plane too."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), asciiReadable=False, shapable=False)
        head, loca = self.face.get_table("head"), self.face.get_table("loca")
        wide = struct.unpack_from(">h", head, 50)[0] == 1
        count = len(loca) // (4 if wide else 2)
        self._glyph_ends = struct.unpack(f">{count}{'I' if wide else 'H'}", loca)

    def draws(self, character: str) -> bool:
        """Whether it has an outline: Micro Hei maps ℃ and some more to empty glyphs."""
        glyph = self.face.charToGlyph.get(ord(character))
        if glyph is None or glyph + 1 >= len(self._glyph_ends):
            return False
        return character.isspace() or self._glyph_ends[glyph] < self._glyph_ends[glyph + 1]

    def addObjects(self, doc: Any) -> None:
        """Embed the subsets; reportlab's own text maps cut codes to four hex digits."""
        subsets = list(self.state[doc].subsets)
        super().addObjects(doc)
        face = self.face
        for number, subset in enumerate(subsets):
            base = b"".join((SUBSETN(number), b"+", face.name, face.subfontNameX))
            name = base.decode("pdfdoc")
            doc.idToObject["toUnicodeCMap:" + name].content = to_unicode(name, subset)


def to_unicode(name: str, subset: list[int]) -> str:
    """The ToUnicode CMap of up to 256 code points, in UTF-16BE (PDF 32000-1, 9.10.3)."""
    entries = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>"
        for code, point in enumerate(subset)
        if point
    ]
    blocks = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
    head = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        f"/CIDSystemInfo\n<< /Registry ({name})\n/Ordering ({name})\n/Supplement 0\n>> def\n"
        f"/CMapName /{name} def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<00> <FF>\nendcodespacerange\n"
    )
    body = "".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks
    )
    return head + body + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


def find(source: Source, folders: Iterable[Path] = _FOLDERS) -> Path:
    """The file of a font; FontsMissing if none of the folders has it."""
    for folder in folders:
        for path in (folder / source.path, folder / Path(source.path).name):
            if path.is_file():
                return path
    raise FontsMissing(source.family, source.package)


def check_fonts() -> None:
    """Refuse with FontsMissing at start-up, not at the first patient with a rare name."""
    for source in CHAIN:
        find(source)


def load(source: Source) -> EmbeddedFont:
    """The font, read on first use and known to reportlab by its name; one for all threads."""
    with _lock:
        if source.name not in _loaded:
            _loaded[source.name] = EmbeddedFont(source.name, find(source))
            pdfmetrics.registerFont(_loaded[source.name])
        return _loaded[source.name]


@cache
def font_of(character: str) -> str | None:
    """The name of the first font of the chain that draws this character; None if none does."""
    return next((source.name for source in CHAIN if load(source).draws(character)), None)


@cache
def advance(character: str) -> float:
    """The width of a character in thousandths of the size."""
    return float(_loaded[font_of(character) or CHAIN[0].name].face.getCharWidth(ord(character)))


@lru_cache(maxsize=8192)
def runs(text: str) -> tuple[Run, ...]:
    """Split drawable text into the longest pieces that one font can draw."""
    return tuple(Run(font or "", "".join(part)) for font, part in groupby(text, font_of))


@lru_cache(maxsize=8192)
def drawable(text: str) -> str:
    """Text as it will be drawn: no invisible controls, 〓 for what no font has; \\n is kept."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\n":
        return character
    if character.isspace():
        return "\u3000" if character == "\u3000" else " "
    if font_of(character) is not None and character.isprintable():
        return character
    return MISSING if character.isprintable() and not _selects_variant(character) else ""


def _selects_variant(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


def save_lock() -> threading.RLock:
    """Held while a file is written: reportlab's font faces keep one reading place."""
    return _lock
