"""医疗门诊收费票据, A5 landscape: whole on plain paper, or only the entries over a printed form."""

import io
from collections.abc import Iterator
from datetime import UTC, date
from zoneinfo import ZoneInfo

from reportlab.lib.colors import Color
from reportlab.lib.units import mm

from protos import facts
from protos.finance.charge_pb2 import Charge
from protos.finance.invoice_pb2 import Invoice
from protos.finance.payment_pb2 import Payment
from resources.dictionaries import codes
from resources.print.core.amounts import capital, yuan
from resources.print.core.barcode import qr
from resources.print.core.fonts import save_lock
from resources.print.core.overlay import PLAIN, Calibration, Place, draw_overlay
from resources.print.core.page import PAPERS, PrintMeta, Sheets, local_time
from resources.print.core.text import Align, draw_text, fit

VERSION = 1  # of the template

PAPER = "A5-landscape"
INK = Color(0, 0, 0)
TITLE = Color(0x8B / 255, 0x3A / 255, 0x1E / 255)
RED = Color(0.78, 0.04, 0.04)
WATERMARK = Color(0.9, 0.9, 0.9)
LEFT, RIGHT, GROUP, ROW = 8.0, 202.0, 194 / 3, 6.0  # millimetres
ROOM = 12  # items in the table: three groups of four
OTHER, OTHER_ROW = 75.0, 6.4  # where 其他信息 begins, the height of its rows
FIELDS = 24  # in four columns of six rows; the seventh row is the remark

_ZONE = ZoneInfo("Asia/Shanghai")
_WAYS = facts.of_values(Payment.Method.DESCRIPTOR)
_PAYERS = facts.of_values(Charge.PayerType.DESCRIPTOR)
_STATES = facts.of_values(Invoice.State.DESCRIPTOR)
_FUNDS = (Payment.INS_FUND, Payment.INS_ACCT, Payment.INS_MULAID)


def places() -> dict[str, Place]:
    """Where each entry stands: millimetres from the upper left corner to the base line."""
    found = {
        "bill_code": Place(50, 25.7, 9, width=60),
        "number": Place(156, 25.7, 10, width=44),
        "payer": Place(46.5, 35.7, 9.5, width=80),
        "issued_on": Place(156, 35.7, 9, width=44),
        "capital": Place(38, 72.9, 10, width=100),
        "amount": Place(200, 72.9, 10.5, "right", 44),
        "remark": Place(27, OTHER + 6 * OTHER_ROW + 4.5, 8.5, width=174),
        "cashier": Place(174, 126, 9, width=28),
        "copy": Place(200, 12, 11, "right", 40),
        "printed": Place(8, 134, 7.5, width=150),
    }
    for index in range(ROOM):
        found |= _item_places(index)
    for index in range(FIELDS):
        found[f"field{index}"] = _field_place(index)
    return found


def _item_places(index: int) -> dict[str, Place]:
    x, base = LEFT + index // 4 * GROUP, 44 + index % 4 * ROW + 4.1
    return {
        f"name{index}": Place(x + 1, base, 8.5, width=28),
        f"amount{index}": Place(x + 49, base, 8.5, "right", 18),
        f"note{index}": Place(x + 50.6, base, 7.5, width=13.4),
    }


def _field_place(index: int) -> Place:
    row, column = divmod(index, 4)
    return Place(17 + column * 46.5, OTHER + row * OTHER_ROW + 4.4, 8, width=45)


def entries(invoice: Invoice, meta: PrintMeta) -> dict[str, str]:
    """What is printed at the places; places without an entry stay empty."""
    sheet = {
        "bill_code": invoice.bill_code,
        "number": invoice.number,
        "payer": invoice.payer,
        "issued_on": f"{invoice.issued_at.ToDatetime(UTC).astimezone(_ZONE):%Y-%m-%d}",
        "capital": capital(invoice.amount),
        "amount": f"¥{yuan(invoice.amount)}",
        "remark": "；".join(_remarks(invoice)),
        "cashier": invoice.cashier_name,
        "printed": _printed(meta),
    }
    if invoice.copies > 1:
        sheet["copy"] = f"补打 第{invoice.copies - 1}次"
    for index, line in enumerate(invoice.lines[:ROOM]):
        sheet[f"name{index}"], sheet[f"amount{index}"] = line.name, yuan(line.amount)
        sheet[f"note{index}"] = line.note
    for index, (label, value) in enumerate(_fields(invoice)):
        sheet[f"field{index}"] = f"{label}：{value}"
    return {name: text for name, text in sheet.items() if text}


def _printed(meta: PrintMeta) -> str:
    when = local_time(meta.printed_at)
    return f"打印人：{meta.printed_by}　打印时间：{when}　第1页 共1页"


def _fields(invoice: Invoice) -> Iterator[tuple[str, str]]:
    """The other information, label and value."""
    paid = {part.method: part.amount for part in invoice.parts}
    own = sum(amount for way, amount in paid.items() if way not in _FUNDS)
    yield "业务流水号", invoice.charge_no
    yield "医疗机构类型", "急救中心"
    yield "性别", codes("sex").get(invoice.sex, "")
    yield "就诊日期", _day(invoice.service_on)
    yield "医保类型", _PAYERS[invoice.payer_type].label if invoice.payer_type else ""
    yield "任务编号", invoice.task_code
    yield "医保统筹基金支付", yuan(paid.get(Payment.INS_FUND, 0))
    yield "其他支付", yuan(0)
    yield "个人账户支付", yuan(paid.get(Payment.INS_ACCT, 0))
    yield "共济支付", yuan(paid.get(Payment.INS_MULAID, 0))
    yield "个人现金支付", yuan(own)
    yield "减免", yuan(invoice.reduction)


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%Y-%m-%d}" if text else ""


def _remarks(invoice: Invoice) -> Iterator[str]:
    if invoice.amount < 0:
        yield "红字"
    yield "，".join(f"{_WAYS[part.method].label}{yuan(part.amount)}元" for part in invoice.parts)


def draw(invoice: Invoice, meta: PrintMeta) -> bytes:
    """The whole invoice on plain paper, as Issue and Reprint answer it."""
    return _whole(invoice, meta, "")


def draw_preview(invoice: Invoice, meta: PrintMeta) -> bytes:
    """The whole invoice marked as no voucher: looking at it is no reprint."""
    state = _STATES.get(invoice.state)
    dead = state is not None and invoice.state != Invoice.VALID
    return _whole(invoice, meta, f"票据{state.label}" if state and dead else "预览　不作报销凭证")


def draw_over(
    invoice: Invoice, meta: PrintMeta, calibration: Calibration = PLAIN, fed: int = 0
) -> bytes:
    """套打: only the entries, for paper with the form printed on it; `fed` as in draw_overlay."""
    return draw_overlay(places(), [entries(invoice, meta)], PAPER, calibration, fed)


def _whole(invoice: Invoice, meta: PrintMeta, watermark: str) -> bytes:
    paper, stream = PAPERS[PAPER], io.BytesIO()
    canvas = Sheets(stream, (paper.width * mm, paper.height * mm))
    canvas.setTitle(f"医疗门诊收费票据 {invoice.number}")
    canvas.setAuthor(meta.unit_name)
    form = _Form(canvas, paper.height)
    if watermark:
        form.watermark(watermark)
    form.draw(invoice, meta)
    known = places()
    for name, text in entries(invoice, meta).items():
        form.entry(known[name], text, RED if name == "copy" or invoice.amount < 0 else INK)
    canvas.showPage()
    with save_lock():
        canvas.save()
    return stream.getvalue()


class _Form:
    """What the printing house prints: title, rules and labels; millimetres, y downwards."""

    def __init__(self, canvas: Sheets, height: float) -> None:
        self._canvas, self._height = canvas, height

    def text(
        self, x: float, y: float, text: str, size: float = 9, *,
        align: Align = "left", bold: bool = False, colour: Color = INK,
    ) -> None:  # fmt: skip
        """A line of text with its base line at y."""
        self._canvas.setFillColor(colour)
        self._canvas.setStrokeColor(colour)
        at = (self._height - y) * mm
        draw_text(self._canvas, x * mm, at, text, size, align=align, bold=bold)

    def entry(self, place: Place, text: str, colour: Color) -> None:
        """An entry at its place, made smaller where it is too long."""
        size = fit(text, place.size, (place.width or 200) * mm, 5)
        self.text(place.x, place.y, text, size, align=place.align, colour=colour)

    def line(self, x: float, y: float, to_x: float, to_y: float, width: float = 0.5) -> None:
        """A rule."""
        self._canvas.setLineWidth(width)
        self._canvas.line(x * mm, (self._height - y) * mm, to_x * mm, (self._height - to_y) * mm)

    def watermark(self, text: str) -> None:
        """A pale text across the sheet, under everything."""
        canvas = self._canvas
        canvas.saveState()
        canvas.translate(105 * mm, self._height / 2 * mm)
        canvas.rotate(24)
        canvas.setFillColor(WATERMARK)
        canvas.setStrokeColor(WATERMARK)
        draw_text(canvas, 0, 0, text, fit(text, 48, 180 * mm), align="center")
        canvas.restoreState()

    def draw(self, invoice: Invoice, meta: PrintMeta) -> None:
        """Everything but the entries."""
        self._head(invoice)
        self._canvas.setStrokeColor(TITLE)
        self._rules()
        self._labels(meta)

    def _head(self, invoice: Invoice) -> None:
        content = "|".join(
            (invoice.bill_code, invoice.number, yuan(invoice.amount), invoice.charge_no)
        )
        self._canvas.setFillColor(INK)
        qr(self._canvas, content, 8.5 * mm, (self._height - 29.5) * mm, 23 * mm)
        self.text(105, 14.5, "上海市医疗门诊收费票据", 16, align="center", bold=True, colour=TITLE)
        self._canvas.setStrokeColor(TITLE)
        for y in (17, 17.8):
            self.line(70, y, 140, y)

    def _rules(self) -> None:
        bottom = OTHER + 7 * OTHER_ROW
        for y, width in ((38, 0.8), (44, 0.4), (68, 0.4), (OTHER, 0.4), (bottom, 0.8)):
            self.line(LEFT, y, RIGHT, y, width)
        for x in (LEFT, RIGHT):
            self.line(x, 38, x, bottom, 0.8)
        for group in range(3):
            x = LEFT + group * GROUP
            for at in (x, x + 30, x + 50):
                if at != LEFT:
                    self.line(at, 38, at, 68, 0.4)
        self.line(16, OTHER, 16, bottom, 0.4)

    def _labels(self, meta: PrintMeta) -> None:
        for x, y, label in (
            (34, 25.7, "票据代码："), (140, 25.7, "票据号码："),
            (34, 35.7, "交款人："), (140, 35.7, "开票日期："),
            (10, 72.9, "金额合计（大写）"), (142, 72.9, "（小写）"),
            (17, OTHER + 6 * OTHER_ROW + 4.5, "备注："),
            (8, 126, f"收款单位（章）：{meta.unit_name}"), (110, 126, "复核人："),
            (160, 126, "收款人："),
        ):  # fmt: skip
            self.text(x, y, label, colour=TITLE)
        for start in (LEFT, LEFT + GROUP, LEFT + 2 * GROUP):
            for centre, label in ((15.0, "项目名称"), (40.0, "金额（元）"), (57.3, "备注")):
                self.text(start + centre, 42.3, label, 8.5, align="center", colour=TITLE)
        for at, character in enumerate("其他信息"):
            self.text(12, OTHER + 12 + at * 8, character, 10, align="center", colour=TITLE)
