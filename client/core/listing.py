"""Printing a list: every row of the query, in the columns shown, with its conditions and sums."""

from functools import partial
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtCore import QObject

from client.core import dates, export, preview, values
from client.core.api import ApiError
from client.core.settings import Settings
from client.core.sheet import Sheet
from client.core.table import MOST, info_of
from client.core.writers import Mark
from protos import facts
from protos.common import list_pb2
from protos.common.export_pb2 import ExportRequest
from resources.print.core.listing import draw_listing
from resources.print.core.page import PrintMeta
from resources.print.core.text import Align

if TYPE_CHECKING:
    from client.core.view import PageView

ROWS = 2000  # on paper; about sixty sheets
TOO_MANY = "查到 {count:,} 条，打印一次最多 {most:,} 条：请缩小查询范围，或改用“导出”"


class Listing(QObject):
    """Fetches what the query has, then shows its pages; says so on the view if it cannot."""

    def __init__(self, view: "PageView", settings: Settings) -> None:
        super().__init__(view)
        self._view, self._settings = view, settings
        self._fields = [view.model.fields[column] for column in view.table.columns.visible()]
        self._request = list_pb2.ListRequest()
        self._request.CopyFrom(view.model.request)
        self._request.limit, self._request.totals = MOST, True
        self._asked = view.filters.describe() or "全部"
        self._rows: list[Any] = []
        self._totals: dict[str, int] = {}

    def start(self) -> None:
        """Ask for the first rows."""
        self._view.say("正在取要打印的内容…")
        self._view.fetch(self._request, self._arrived, self._refused)

    def _arrived(self, answer: Any) -> None:
        info = info_of(answer)
        if self._request.totals:
            if info.count > ROWS:
                self._end(TOO_MANY.format(count=info.count, most=ROWS))
                return
            self._totals = dict(info.totals)
        self._rows += answer.rows
        if info.next:
            self._request.cursor, self._request.totals = info.next, False
            self._view.fetch(self._request, self._arrived, self._refused)
        else:
            self._log()

    def _log(self) -> None:
        """Let the server log what will be on paper, then show it."""
        mark = Mark.of(self._view.api.session, dates.now())
        kind = ExportRequest.PAPER
        done = partial(self._show)
        export.log(self._view, self._request, mark, kind, len(self._rows), "", done, self._refused)

    def _show(self) -> None:
        names = self._view.api.names
        rows = [[values.shown(row, field, names) for field in self._fields] for row in self._rows]
        totals = [self._total(field) for field in self._fields]
        heads = [(facts.label(field), self._side(field)) for field in self._fields]
        page = self._view.page
        sheet = Sheet(
            title=page.title,
            form=f"list:{page.service.full_name}",
            draw=partial(_draw, page.title, self._asked, heads, rows, totals),
        )
        preview.show_sheet(sheet, self._view.api, self._settings, self._view)
        self._end("")

    def _total(self, field: FieldDescriptor) -> str:
        known = field.name in self._totals
        return values.number(field, self._totals[field.name]) if known else ""

    def _side(self, field: FieldDescriptor) -> Align:
        return "right" if values.is_number(field) else "left"

    def _refused(self, error: ApiError) -> None:
        self._end(error.text)

    def _end(self, text: str) -> None:
        self._view.say(text)
        self.deleteLater()


def _draw(
    title: str, asked: str, heads: Any, rows: Any, totals: list[str], meta: PrintMeta
) -> bytes:
    return draw_listing(title, asked, heads, rows, totals, meta)
