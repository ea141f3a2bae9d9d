"""The printed bills say what the bills say."""

import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from reportlab.lib.units import mm

from client.core.sheet import approvals_of
from protos.admin import printout_pb2
from protos.common.list_pb2 import IdRequest, ListRequest
from protos.inventory import issue_pb2, receipt_pb2
from resources.print.core.page import PAPERS, PrintMeta
from resources.print.inventory import issue, personal_loss, personal_store, receipt
from tests.inventory.test_invariants import lose
from tests.inventory.test_role_item import bind
from tests.inventory.world import ISSUE, RECEIPT, World, named
from tests.people import Clerk

META = PrintMeta("李库管", datetime(2026, 11, 24, 1, 5, tzinfo=UTC))


def decided(clerk: Clerk, service: str, record_id: int) -> PrintMeta:
    """What is printed beside the document itself: its approvals, as the client is told of them."""
    asked = printout_pb2.PrintHistoryRequest(service=service, record_id=record_id, template="x")
    history = clerk("admin.PrintoutService.History", asked)
    return replace(META, approvals=approvals_of(history))


def text_of(pdf: bytes, name: str) -> str:
    """All text of a PDF, without white space; kept for a person where the run asks for it."""
    if folder := os.environ.get("AMB_SHOTS"):
        (Path(folder) / f"{name}.pdf").write_bytes(pdf)
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def width_of(pdf: bytes) -> float:
    """The width of the first page in millimetres."""
    return float(PdfReader(io.BytesIO(pdf)).pages[0].mediabox.width) / mm


@pytest.mark.requirement(2)
def test_a_receipt_prints_with_lots_and_capitals(world: World) -> None:
    made = world.received(world.line("L1", 400, 20), world.line("L2", 500, 10))
    seen = world.keeper(RECEIPT + "Get", IdRequest(id=made.id))
    for line in seen.lines:
        line.retail_price = 4560  # as the form of a receipt takes it
    meta = decided(world.keeper, "inventory.ReceiptService", made.id)
    for paper, size in (("", "A4-landscape"), ("241x140", "241x140")):
        pdf = receipt.draw(seen, replace(meta, paper=paper))
        text = text_of(pdf, f"receipt_{size}")
        for part in (made.number, "盐酸肾上腺素注射液", "L1", "L2", "38.00", "1,140.00", "王主任",
                     "中心库", "壹仟壹佰肆拾元整", "912.00", "1,368.00",
                     "审批王主任同意"):  # fmt: skip
            assert part in text, part
        assert width_of(pdf) == pytest.approx(PAPERS[size].width, abs=0.1)


@pytest.mark.requirement(3)
def test_an_issue_prints_what_was_sent_and_refused(world: World) -> None:
    world.received(world.line("L1", 400, 20))
    sent = world.sent(world.wanting(60, world.centre, world.station))
    part = issue_pb2.ReceivePartRequest(id=sent.id, version=sent.version)
    part.refusals.add(row=1, quantity=2, reason="破损")
    done = world.doctor(ISSUE + "ReceivePart", part)
    meta = decided(world.keeper, "inventory.IssueService", done.id)
    text = text_of(issue.draw(done, meta), "issue")
    for expected in (done.number, "出库单", "分站库", "60", "2支", "3.80228.00", "陈医生",
                     "审批王主任同意"):  # fmt: skip
        assert expected in text, expected
    done.kind = issue_pb2.Issue.TRANSFER
    assert "调拨单" in text_of(issue.draw(done, meta), "transfer")


@pytest.mark.requirement(13)
def test_the_list_of_a_store_prints(world: World) -> None:
    world.stocked_doctor(10)
    bind(world, world.doctor, world.adrenaline, least=12, most=20)
    store = world.doctor("inventory.PersonalStoreService.List", ListRequest()).rows[0]
    seen = world.doctor("inventory.PersonalStoreService.Get", named(store))
    text = text_of(personal_store.draw(seen, META), "store")
    for expected in ("个人药库物资清单", "陈医生", "L1", "30天内到期", "12–20", "缺2",
                     "共1个批次"):  # fmt: skip
        assert expected in text, expected


@pytest.mark.requirement(13)
def test_a_loss_prints_with_its_reasons(world: World) -> None:
    world.stocked_doctor(10)
    lose(world, 2)
    (row,) = world.doctor("inventory.PersonalLossService.List", ListRequest()).rows
    seen = world.doctor("inventory.PersonalLossService.Get", IdRequest(id=row.id))
    text = text_of(personal_loss.draw(seen, META), "personal_loss")
    for expected in ("个人药库报损单", seen.number, "破损", "7.60", "王主任"):
        assert expected in text, expected


def test_a_draft_prints_too() -> None:
    assert receipt.draw(receipt_pb2.Receipt(), META).startswith(b"%PDF")
