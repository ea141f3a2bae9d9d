"""The frame of every form: paper, heading, footer, page numbers, marks; and the file made of it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self, cast
from zoneinfo import ZoneInfo

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from resources.print.core.barcode import code128
from resources.print.core.errors import PrintError
from resources.print.core.fonts import CHAIN, load, save_lock
from resources.print.core.text import Align, draw_text, fit, text_width

BLACK = Color(0, 0, 0)
RED = Color(0.78, 0.04, 0.04)
SHADE = Color(0.94, 0.94, 0.94)
_WATERMARK = Color(0.88, 0.88, 0.88)
_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet in millimetres; `low` ones get the heading in one line."""

    width: float
    height: float
    side: float = 12
    edge: float = 10

    @property
    def low(self) -> bool:
        """Whether height is too dear for a tall heading."""
        return self.height < 160


PAPERS = {
    "A4": Paper(210, 297),
    "A4-landscape": Paper(297, 210),
    "A5": Paper(148, 210, side=9, edge=8),
    "A5-landscape": Paper(210, 148, side=9, edge=8),
    # pin-printer forms: the tractor strips and the body beside them take 13–15 mm each side
    "241x280": Paper(241, 279.4, side=16, edge=8),
    # whole, half and third of eleven inches, as the half-inch holes demand
    "241x140": Paper(241, 139.7, side=16, edge=6),
    "241x93": Paper(241, 279.4 / 3, side=16, edge=5),
}

PAPER_NAMES = {
    "A4": "A4 纵", "A4-landscape": "A4 横", "A5": "A5 纵", "A5-landscape": "A5 横",
    "241x280": "连续纸 241×280", "241x140": "连续纸 241×140", "241x93": "连续纸 241×93",
}  # fmt: skip
SHEETS = ("A4", "A4-landscape", "241x280", "241x140")  # what a document with lines fits on


class Approval(NamedTuple):
    """One decision on the document; `decided_at` is an aware time."""

    step: str
    person: str
    approved: bool
    comment: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class PrintMeta:
    """Who prints when (an aware time), and how often it was printed.

    With `reprint` the footer says 补打 第 `copy_no` 次, counting reprints from 1. `paper` is the
    one chosen instead of the form's own; `approvals` are the decisions the document says.
    """

    printed_by: str
    printed_at: datetime
    copy_no: int = 1
    reprint: bool = False
    unit_name: str = "上海市医疗急救中心"
    watermark: str | None = None
    paper: str = ""
    approvals: Sequence[Approval] = ()

    def __post_init__(self) -> None:
        if self.printed_at.tzinfo is None:
            raise ValueError("printed_at must be an aware time")
        if self.copy_no < 1:
            raise ValueError("copies are counted from 1")


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on top of every page; `note` (template version, revision) goes to the footer."""

    title: str
    number: str = ""
    barcode: str = ""
    note: str = ""
    number_label: str = "单号"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page counted from 0, in points from the lower left corner."""

    page: int
    x: float
    y: float
    width: float
    height: float


def local_time(moment: datetime) -> str:
    """An aware time as people in Shanghai read it, to the minute."""
    return f"{moment.astimezone(_ZONE):%Y-%m-%d %H:%M}"


def paper_of(paper: Paper | str) -> Paper:
    """A paper by its name in PAPERS, or as given; PrintError if the name is unknown."""
    if isinstance(paper, Paper):
        return paper
    if paper not in PAPERS:
        raise PrintError(f"没有纸张“{paper}”。可用：{'、'.join(PAPERS)}。")
    return PAPERS[paper]


class Sheets(Canvas):
    """A canvas that keeps its pages open until their number is known."""

    def __init__(self, stream: io.BytesIO, size: tuple[float, float]) -> None:
        font = load(CHAIN[0])
        super().__init__(
            stream,
            pagesize=size,
            pageCompression=1,
            invariant=1,
            initialFontName=cast("Any", font.fontName),
            lang="zh-CN",
        )
        self.kept: list[dict[str, Any]] = []

    def keep_page(self) -> None:
        """Put the page aside and begin the next."""
        self.kept.append(dict(self.__dict__))
        cast("Any", self)._startPage()

    def reopen(self, page: int) -> None:
        """Take a kept page up again, to add to it; `showPage` then closes it for good."""
        self.__dict__.update(self.kept[page])


class Document:
    """Builds one PDF: flow from the top down, a new page when room ends; same input, same bytes.

    Lengths are points. `y` is the upper end of the free room, `left`, `right`, `bottom` its bounds.
    Used as a context; afterwards `pdf` holds the file.
    """

    def __init__(
        self,
        heading: Heading,
        meta: PrintMeta,
        paper: Paper | str = "A4",
        *,
        red: bool = False,
    ) -> None:
        self.heading, self.meta, self.red = heading, meta, red
        self.paper = paper_of(meta.paper or paper)
        self.left = self.paper.side * mm
        self.right = (self.paper.width - self.paper.side) * mm
        self.bottom = (self.paper.edge + 6) * mm
        self.ink = RED if red else BLACK
        self._stream = io.BytesIO()
        self.canvas = Sheets(self._stream, (self.paper.width * mm, self.paper.height * mm))
        self.canvas.setTitle(f"{heading.title} {heading.number}".strip())
        self.canvas.setAuthor(meta.unit_name)
        self._parts = [""]
        self._pages: list[int] = []
        self._finished = False
        self.y = self._top = 0.0
        self._begin()

    @property
    def width(self) -> float:
        """The width of the body."""
        return self.right - self.left

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.y - self.bottom

    @property
    def full(self) -> float:
        """The height of an empty body."""
        return self._top - self.bottom

    @property
    def page(self) -> int:
        """The page drawn on, from 0."""
        return len(self._pages) - 1

    @property
    def pdf(self) -> bytes:
        """The finished file."""
        if not self._finished:
            raise RuntimeError("the document is still being drawn")
        return self._stream.getvalue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()

    def need(self, height: float) -> bool:
        """Begin a page unless `height` is left; True if it did. No page is left empty."""
        if height <= self.room + 0.01 or self.y >= self._top:
            return False
        self.new_page()
        return True

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self.canvas.keep_page()
        self._begin()

    def skip(self, height: float) -> None:
        """Leave room free; at the end of a page it is dropped."""
        self.y = max(self.bottom, self.y - height)

    def start_copy(self, mark: str) -> None:
        """Begin a copy with its own mark (第二联 交患者) and its own page numbers."""
        if self._parts == [""] and self.y >= self._top:
            self._parts = [mark]
            self._mark(mark)
            return
        self._parts.append(mark)
        self.new_page()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        *,
        align: Align = "left",
        bold: bool = False,
    ) -> None:
        """Draw one line at a base line."""
        draw_text(self.canvas, x, y, text, size, align=align, bold=bold)

    def _begin(self) -> None:
        self._pages.append(len(self._parts) - 1)
        if self.meta.watermark:
            self._watermark(self.meta.watermark)
        self.canvas.setFillColor(self.ink)
        self.canvas.setStrokeColor(self.ink)
        self._top = self._low_heading() if self.paper.low else self._tall_heading()
        self._mark(self._parts[-1])
        self.y = self._top

    def _tall_heading(self) -> float:
        top = (self.paper.height - self.paper.edge) * mm
        middle = (self.left + self.right) / 2
        room = self.width - (2 * 47 * mm if self.heading.barcode else 0)
        unit, title = self.meta.unit_name, self.heading.title
        self.text(middle, top - 4 * mm, unit, fit(unit, 11, room), align="center")
        self.text(middle, top - 11.5 * mm, title, fit(title, 17, room), align="center", bold=True)
        self._number(top - 18 * mm, top - 9 * mm)
        return top - 20.5 * mm

    def _low_heading(self) -> float:
        top = (self.paper.height - self.paper.edge) * mm
        title = f"{self.meta.unit_name}　{self.heading.title}"
        room = self.width - (2 * 47 * mm if self.heading.barcode else 0)
        middle = (self.left + self.right) / 2
        self.text(middle, top - 5 * mm, title, fit(title, 14, room), align="center", bold=True)
        self._number(top - 11.5 * mm, top - 7.5 * mm)
        return top - 13.5 * mm

    def _number(self, base: float, foot: float) -> None:
        """The document number at the right, under its bar code if it has one."""
        number = self.heading.number
        if self.heading.barcode:
            high = 8 * mm if not self.paper.low else 7 * mm
            code128(self.canvas, self.heading.barcode, self.right - 45 * mm, foot, 45 * mm, high)
        if number:
            text = f"{self.heading.number_label}：{number}"
            self.text(self.right, base, text, fit(text, 9, self.width / 2), align="right")

    def _mark(self, mark: str) -> None:
        self._base = self._top + (2.5 * mm if not self.paper.low else 2 * mm)
        text = "　".join(part for part in ("红字" if self.red else "", mark) if part)
        self.text(self.left, self._base, text, 9, bold=True)

    def _watermark(self, text: str) -> None:
        wide, high = self.paper.width * mm, self.paper.height * mm
        self.canvas.saveState()
        self.canvas.setFillColor(_WATERMARK)
        self.canvas.setStrokeColor(_WATERMARK)
        self.canvas.translate(wide / 2, high / 2)
        self.canvas.rotate(30)
        size = fit(text, 60, min(wide, high * 1.6) * 0.8)
        self.text(0, -size / 3, text, size, align="center")
        self.canvas.restoreState()

    def _finish(self) -> None:
        self.canvas.keep_page()
        for page in range(len(self._pages)):
            self.canvas.reopen(page)
            self._footer(page)
            self.canvas.showPage()
        with save_lock():
            self.canvas.save()
        self._finished = True

    def _footer(self, page: int) -> None:
        base = self.paper.edge * mm + 1.2 * mm
        meta, size = self.meta, 8.0
        who = f"打印人：{meta.printed_by}　打印时间：{local_time(meta.printed_at)}"
        right = f"第 {self._in_part(page)} 页 共 {self._of_part(page)} 页"
        if meta.reprint:
            right = f"补打 第 {meta.copy_no} 次　{right}"
        self.canvas.setLineWidth(0.4)
        self.canvas.line(self.left, base + 3.4 * mm, self.right, base + 3.4 * mm)
        self.text(self.right, base, right, size, align="right")
        left = "　".join(part for part in (who, self.heading.note) if part)
        room = self.width - text_width(right, size) - 4 * mm
        self.text(self.left, base, left, fit(left, size, room, 5))

    def _in_part(self, page: int) -> int:
        return page - self._pages.index(self._pages[page]) + 1

    def _of_part(self, page: int) -> int:
        return self._pages.count(self._pages[page])
