"""Screen, print, export and the server's total agree to the cent, whatever the documents hold."""

import io
import re
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pypdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdfium2 import PdfDocument
from pytestqt.qtbot import QtBot

from client.core import export, listing
from client.core.preview import PreviewDialog
from client.core.settings import Settings
from client.core.view import PageView
from client.inventory.receipt import receipts
from protos.common.list_pb2 import Filter, IdRequest
from protos.inventory import receipt_pb2
from resources.print.core.amounts import capital
from resources.print.inventory import receipt as form
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.world import RECEIPT, World, named
from tests.print.forms import META

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
MONEY = re.compile(r"(?<![\d.,-])-?[\d,]+\.\d\d(?![\d.])")
EDGE = 0.04  # of the width, left free on each side
CLOSE = 12.0  # points from the column's edge to a number's
LINES = st.lists(
    st.tuples(st.integers(1, 9999), st.integers(1, 999_999)), min_size=1, max_size=8
)  # (boxes, price in fen); from 1,000,000,000 yuan on a sum takes two lines on paper
DOCUMENTS = st.lists(LINES, min_size=1, max_size=3)


class Sums(NamedTuple):
    """What one output says: the amount of each document, and of all of them; in fen."""

    each: list[int]
    total: int


def fen(text: str) -> int:
    """An amount as people read it."""
    value = Decimal(text.replace(",", "")) * 100
    assert value == value.to_integral_value(), f"{text} has parts of a cent"
    return int(value)


class Outputs:
    """The page of receipts in a client, and what it shows, prints and exports."""

    def __init__(self, world: World, view: PageView, folder: Path, bot: QtBot) -> None:
        self.world, self.view, self._folder, self._bot = world, view, folder, bot
        self._files = 0

    def make(self, lines: list[tuple[int, int]]) -> receipt_pb2.Receipt:
        """A receipt of these lines, sent for approval: it has its number."""
        drafted = [
            self.world.line(f"L{number}", 300, boxes, price=price)
            for number, (boxes, price) in enumerate(lines)
        ]
        made = self.world.keeper(RECEIPT + "Create", self.world.draft(*drafted))
        made = self.world.keeper(RECEIPT + "Submit", named(made))
        kept: receipt_pb2.Receipt = self.world.keeper(RECEIPT + "Get", IdRequest(id=made.id))
        return kept

    def show(self, made: list[receipt_pb2.Receipt]) -> None:
        """Let the page list these and no others."""
        numbers = [each.number for each in made]
        self.view.model.query([Filter(field="number", values=numbers)], "")
        self._bot.waitUntil(
            lambda: (
                not self.view.model.is_loading
                and [row.number for row in self.view.model.rows] == numbers[::-1]
            ),
            timeout=SOON,
        )

    def screen(self) -> Sums:
        """The column of amounts and the line of totals, as text."""
        model = self.view.model
        column = [field.name for field in model.fields].index("amount")
        each = [fen(model.index(row, column).data()) for row in range(len(model.rows))]
        total = re.search(r"金额\D*([\d,]+\.\d\d)", self.view.summary.text())
        assert total, self.view.summary.text()
        return Sums(each, fen(total[1]))

    def server(self) -> Sums:
        """What the server answers beside the rows."""
        model = self.view.model
        return Sums([row.amount for row in model.rows], model.totals["amount"])

    def paper(self, made: list[receipt_pb2.Receipt]) -> Sums:
        """The column of amounts of each printed document: its lines, then its sum."""
        each = []
        for receipt in made[::-1]:
            pdf = form.draw(receipt, META)
            *lines, total = amounts(pdf)
            assert sum(lines) == total
            assert len(lines) == len(receipt.lines)
            text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
            assert f"合计（大写）{capital(total)}" in text.replace("\n", "")
            each.append(total)
        return Sums(each, sum(each))

    def listed(self) -> Sums:
        """The list itself on paper: a line for each document, then their sum."""
        self.view.print_list()
        self._bot.waitUntil(lambda: bool(self.view.findChildren(PreviewDialog)), timeout=SOON)
        (dialog,) = self.view.findChildren(PreviewDialog)
        reader = pypdf.PdfReader(io.BytesIO(dialog.pdf))
        texts = " ".join(page.extract_text() for page in reader.pages).split()
        dialog.reject()
        self._bot.waitUntil(lambda: not self.view.findChildren(PreviewDialog), timeout=SOON)
        *each, total = [fen(text) for text in texts if MONEY.fullmatch(text)]
        return Sums(each, total)

    def sheet(self) -> Sums:
        """The cells of an exported workbook."""
        self._files += 1
        path = self._folder / f"入库单{self._files}.xlsx"
        dialog = export.start(self.view, path)
        self._bot.waitUntil(path.exists, timeout=SOON)
        dialog.reject()
        book = load_workbook(path)
        head, *rows = book.worksheets[0].iter_rows(values_only=True)
        at = list(head).index("金额（元）")
        each = [fen(str(row[at])) for row in rows]
        notes = {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True)}
        return Sums(each, fen(str(notes["金额（元）合计"])))


def amounts(pdf: bytes) -> list[int]:
    """The sums of money in the column of amounts, from top to bottom, page by page."""
    labels, widths = [c.label for c in form.COLUMNS], [c.width for c in form.COLUMNS]
    share = sum(widths[: labels.index("金额（元）") + 1]) / sum(widths)
    found: list[int] = []
    with closing(PdfDocument(pdf)) as document:
        for page in document:
            text = page.get_textpage()
            whole = text.get_text_range()
            edge = page.get_width() * (EDGE + (1 - 2 * EDGE) * share)
            found += [
                fen(match[0])
                for match in MONEY.finditer(whole)
                if edge - CLOSE < text.get_charbox(match.end() - 1)[2] <= edge
            ]
    return found


@pytest.fixture
def outputs(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> Outputs:
    """A keeper's page of receipts."""
    desk = desk_of("inventory.receipt.read")
    desk.log_in()
    view = PageView(receipts, desk.program.connection.api, Settings("t", tmp_path))
    qtbot.addWidget(view)
    view.show()
    return Outputs(world, view, tmp_path, qtbot)


@given(documents=DOCUMENTS)
@settings(
    max_examples=5,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # no shrinking: minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_screen_print_export_and_total_agree_to_the_cent(
    outputs: Outputs, documents: list[list[tuple[int, int]]]
) -> None:
    made = [outputs.make(lines) for lines in documents]
    outputs.show(made)
    each = [sum(boxes * price for boxes, price in lines) for lines in documents][::-1]
    expected = Sums(each, sum(each))
    assert outputs.server() == expected
    assert outputs.screen() == expected
    assert outputs.paper(made) == expected
    assert outputs.listed() == expected
    assert outputs.sheet() == expected


def test_a_list_too_long_for_paper_says_what_to_do_instead(
    outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [outputs.make([(1, 100)]) for _ in range(3)]
    outputs.show(made)
    monkeypatch.setattr(listing, "ROWS", 2)
    outputs.view.print_list()
    outputs._bot.waitUntil(lambda: "请缩小查询范围" in outputs.view.chosen.text(), timeout=SOON)
    assert not outputs.view.findChildren(PreviewDialog)
