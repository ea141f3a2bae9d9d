"""Price adjustments and labels."""

import io

import grpc
import pytest
from pypdf import PdfReader

from protos.common.list_pb2 import Filter, IdRequest, ListRequest
from protos.inventory import price_adjustment_pb2 as pb
from resources.print.inventory import label
from resources.print.inventory import price_adjustment as form
from tests.inventory.test_print import META, text_of
from tests.inventory.world import ITEM, World, day, named
from tests.people import faults_of, refused

PRICE = "inventory.PriceAdjustmentService."


def draft(world: World, *prices: int) -> pb.PriceAdjustment:
    """New prices of adrenaline."""
    lines = [pb.PriceLine(item_id=world.adrenaline, new_price=price) for price in prices]
    return pb.PriceAdjustment(business_on=day(0), basis="沪医保〔2026〕1号", lines=lines)


def test_an_approved_price_is_in_force_and_shows_what_the_stock_gained(world: World) -> None:
    world.taken_on(10)
    made = world.keeper(PRICE + "Create", draft(world, 450))
    made = world.keeper(PRICE + "Submit", named(made))
    assert world.keeper(ITEM + "Get", IdRequest(id=world.adrenaline)).retail_price == 0
    done = world.head(PRICE + "Approve", named(made))
    (line,) = done.lines
    assert (line.old_price, line.quantity, line.gain, done.gain) == (0, 300, 135000, 135000)
    assert world.keeper(ITEM + "Get", IdRequest(id=world.adrenaline)).retail_price == 450
    assert world.differences() == [], "no movement, no cost is touched"
    text = text_of(form.draw(done, META), "price_adjustment")
    for part in ("调价单", done.number, "沪医保〔2026〕1号", "4.50", "300", "1,350.00"):
        assert part in text, part


@pytest.mark.parametrize(("prices", "path"), [((0,), "new_price"), ((450, 460), "item_id")])
def test_a_price_that_is_none_or_twice_is_refused(
    world: World, prices: tuple[int, ...], path: str
) -> None:
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        world.keeper(PRICE + "Create", draft(world, *prices))
    assert any(place.endswith(path) for place in faults_of(error.value))


def test_a_lots_label_carries_what_a_scanner_finds(world: World) -> None:
    world.received(world.line("L1", 400, 1))
    asked = ListRequest(filters=[Filter(field="lot_no", values=["L1"])])
    (row,) = world.keeper("inventory.LotService.List", asked).rows
    lot = world.keeper("inventory.LotService.Get", IdRequest(id=row.id))
    pdf = label.draw(lot, META)
    text = text_of(pdf, "label")
    for part in ("盐酸肾上腺素注射液", "L1", day(400).replace("-", "."), lot.scan_code):
        assert part in text, part
    box = PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    assert [round(float(side) / 72 * 25.4) for side in (box.width, box.height)] == [60, 40]
    (found,) = world.keeper(ITEM + "List", ListRequest(text=lot.scan_code)).rows
    assert found.id == world.adrenaline
