"""The printed invoice: its entries, its capitals, its copies, over a printed form too."""

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from protos.finance import daily_pb2
from protos.finance import invoice_pb2 as pb
from protos.finance.charge_pb2 import Charge
from protos.finance.payment_pb2 import Payment
from resources.print.core.overlay import Calibration
from resources.print.core.page import PrintMeta
from resources.print.finance import daily
from resources.print.finance import invoice as form

META = PrintMeta("吴收费", datetime(2026, 11, 24, 8, 0, tzinfo=UTC))


def sample(copies: int = 1, state: "pb.Invoice.State.ValueType" = pb.Invoice.VALID) -> pb.Invoice:
    made = pb.Invoice(
        number="00000037", bill_code="31060126", charge_no="SF20261124-00001", payer="王𬭎",
        sex="1", payer_type=Charge.SELF, service_on="2026-11-20", amount=24970,
        cashier_name="吴收费", copies=copies, state=state,
    )  # fmt: skip
    made.issued_at.FromDatetime(datetime(2026, 11, 23, 18, 2, tzinfo=UTC))
    made.lines.add(name="救护车使用费", amount=3000, note="1次")
    made.lines.add(name="公里收费", amount=6720, note="9.6公里")
    made.lines.add(name="小抢救", amount=15250, note="1次")
    made.parts.add(method=Payment.WECHAT, amount=20000)
    made.parts.add(method=Payment.CASH, amount=4970)
    return made


def text(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_sheet_has_number_payer_amount_and_ways() -> None:
    sheet = text(form.draw(sample(), META))
    for part in ("31060126", "00000037", "王𬭎", "2026-11-24", "贰佰肆拾玖元柒角整", "¥249.70",
                 "微信200.00元", "现金49.70元", "9.6公里", "上海市医疗门诊收费票据"):  # fmt: skip
        assert part in sheet
    assert "补打" not in sheet


@pytest.mark.requirement(25)
def test_a_reprint_says_which_one_it_is() -> None:
    assert "补打 第1次" in text(form.draw(sample(copies=2), META))
    assert "补打 第2次" in text(form.draw_over(sample(copies=3), META))


def test_looking_at_an_invoice_gives_no_voucher() -> None:
    assert "不作报销凭证" in text(form.draw_preview(sample(), META))
    assert "票据作废" in text(form.draw_preview(sample(state=pb.Invoice.VOID), META))


def test_over_a_printed_form_only_the_entries_stand() -> None:
    sheet = text(form.draw_over(sample(), META, Calibration(dx=1.5, dy=-0.5)))
    assert "¥249.70" in sheet
    assert "开票日期" not in sheet


def test_twelve_items_and_every_field_have_a_place() -> None:
    made = sample()
    for number in range(20):
        made.lines.add(name=f"项目{number}", amount=1)
    places = form.places()
    assert set(form.entries(made, META)) <= set(places)
    assert all(0 <= place.x <= 210 and 0 <= place.y <= 148 for place in places.values())


@pytest.mark.requirement(28)
def test_a_daily_report_prints_its_bills_and_sums() -> None:
    report = daily_pb2.DailyReport(
        number="RB20261124-0001", day_on="2026-11-24", cashier_name="吴收费", charges=40,
        received=508800, net=508800, due=508800, cash_due=100, difference=-100,
        difference_reason="找零差错",
    )  # fmt: skip
    for number in range(40):
        report.lines.add(
            charge_no=f"SF20261124-{number:05d}", run_type=Charge.EMERGENCY, charge_km=126,
            due=12720, received=12720, methods_text="现金",
        )  # fmt: skip
    report.methods.add(method=Payment.CASH, count=40, received=508800, net=508800)
    sheet = text(daily.draw(report, META))
    for part in ("伍仟零捌拾捌元整", "SF20261124-00039", "找零差错", "未填写", "第 2 页"):
        assert part in sheet
