"""The label stuck on a shelf or a pack: what it is, lot, last usable day, bar code.

Of a lot that may not be used it says so, with the reason, instead of the maker.
"""

import io

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from protos import facts
from protos.inventory import stock_pb2 as pb
from resources.print.core.barcode import code128
from resources.print.core.page import BLACK, PrintMeta
from resources.print.core.text import draw_text, fit
from resources.print.inventory.bill import day

VERSION = 2  # of the template

_STATE = pb.Lot.DESCRIPTOR.fields_by_name["state"]
WIDTH, HEIGHT = 60, 40  # millimetres, the common roll


def draw(lot: pb.Lot, meta: PrintMeta) -> bytes:
    """A PDF of one label; scanning its code finds the item in any line grid."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH * mm, HEIGHT * mm), pageCompression=1, invariant=1)
    canvas.setTitle(f"标签 {lot.item_name}")
    canvas.setAuthor(meta.unit_name)
    canvas.setFillColor(BLACK)
    room = (WIDTH - 6) * mm
    lines = [
        (lot.item_name, 11, True),
        (lot.manufacturer, 7, False),
        (f"批号 {lot.lot_no or '—'}　{lot.base_unit}", 9, False),
        (f"有效期至 {day(lot.expires_on)}", 10, True),
    ]
    if lot.state != pb.Lot.NORMAL:
        stopped = facts.value_label(_STATE, lot.state)
        lines[1] = (f"【{stopped}】{lot.note}", 9, True)
    y = (HEIGHT - 6) * mm
    for text, size, bold in lines:
        fitted = fit(text, size, room, 5)
        draw_text(canvas, 3 * mm, y, text, fitted, bold=bold)
        y -= (size * 0.35 + 1.6) * mm
    code128(canvas, lot.scan_code, 3 * mm, 5 * mm, room, 8 * mm)
    draw_text(canvas, WIDTH * mm / 2, 2 * mm, lot.scan_code, 7, align="center")
    canvas.showPage()
    canvas.save()
    return stream.getvalue()
