"""A document to be printed: how it is drawn, and what the print log knows of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import partial
from typing import Any

from google.protobuf.message import Message
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from client.core import dates
from client.core.api import Api, ApiError
from client.core.background import background
from client.core.page import Page
from client.core.values import display_of
from protos import facts
from protos.admin import printout_pb2 as pb
from resources.print.core.overlay import Calibration
from resources.print.core.page import Approval, PrintMeta
from resources.print.core.template import papers_of, template_of

RPC = pb.DESCRIPTOR.services_by_name["PrintoutService"].methods_by_name
UNSAVED = "还没有保存，先保存再打印"

Over = Callable[[PrintMeta, Calibration, int], bytes]


@dataclass(frozen=True)
class Sheet:
    """What the preview shows and prints.

    `form` names what printers and calibrations are kept for. With `service` each print is logged.
    `over` draws only the entries for pre-printed `paper`, given a calibration and how many sheets
    went through before; `paper_no` is the number that paper bears.
    """

    title: str
    form: str
    draw: Callable[[PrintMeta], bytes]
    service: str = ""
    record_id: int = 0
    number: str = ""
    template: str = ""
    bill: bool = False
    over: Over | None = None
    paper: str = ""
    paper_no: str = ""
    only_view: str = ""  # why it may be looked at but not printed
    spoiled: Callable[[QWidget], None] | None = None  # what to do when the paper came out bad
    papers: tuple[str, ...] = ()  # what else than its own paper it may be drawn for
    offline: bool = False  # printed, unlogged, where there is no server: at the bedside


@dataclass(frozen=True)
class Drawn:
    """A sheet as drawn for its next print."""

    sheet: Sheet
    pdf: bytes
    meta: PrintMeta
    history: pb.PrintHistory = field(default_factory=pb.PrintHistory)
    trouble: str = ""  # why the log did not answer

    @property
    def refusal(self) -> str:
        """Why it cannot be printed now; empty if it can."""
        trouble = "" if self.sheet.offline else self.trouble
        return self.sheet.only_view or trouble or self.history.refusal


def of_record(page: Page, record: Any, api: Api, *, dirty: bool = False) -> Sheet:
    """The sheet of a page's record."""
    draw = page.print_form
    assert draw is not None, f"{page.title} has no print form"
    name, template = display_of(record, page.service, api.names), template_of(draw)
    return Sheet(
        title=f"{page.title} {name}".strip(),
        form=template.partition(" ")[0],
        draw=partial(draw, record),
        service=page.service.full_name,
        record_id=record.id,
        number=name[:40],
        template=template,
        papers=papers_of(draw),
        bill=facts.of_service(page.service).bill,
        only_view="" if record.id and not dirty else UNSAVED,
    )


def meta_of(api: Api | None, printed: int) -> PrintMeta:
    """Who prints when; after so many prints it is a reprint."""
    who = api.session.name if api is not None and api.session else ""
    return PrintMeta(who, dates.now(), copy_no=max(printed, 1), reprint=printed > 0)


def approvals_of(history: pb.PrintHistory) -> tuple[Approval, ...]:
    """The decisions a document says, in its form's words."""
    return tuple(
        Approval(
            step=each.step,
            person=f"{each.person}（代{each.principal}）" if each.principal else each.person,
            approved=each.approved,
            comment=each.comment,
            decided_at=each.decided_at.ToDatetime(UTC),
        )
        for each in history.decisions
    )


def prepare(
    sheet: Sheet,
    api: Api | None,
    owner: QObject,
    done: Callable[[Drawn], None],
    failed: Callable[[Exception], None],
    paper: str = "",
) -> None:
    """Ask the log how often it was printed, then draw it for the next print in the background.

    On its own paper, unless another of its papers is named.
    """

    def draw(history: pb.PrintHistory, trouble: str = "") -> None:
        chosen = paper if paper in sheet.papers else ""
        approvals = approvals_of(history)
        meta = replace(meta_of(api, history.printed), paper=chosen, approvals=approvals)
        background().run(
            lambda: Drawn(sheet, sheet.draw(meta), meta, history, trouble), owner, done, failed
        )

    def unanswered(error: ApiError) -> None:
        way = "现在打印不会登记" if sheet.offline else "打印要先登记，可以存为 PDF"
        draw(pb.PrintHistory(), f"{error.text}；{way}")

    if api is None or not sheet.service or not sheet.record_id:
        draw(pb.PrintHistory())
        return
    request = pb.PrintHistoryRequest(
        service=sheet.service, record_id=sheet.record_id, template=sheet.template
    )
    api.call(RPC["History"], request, owner, draw, unanswered)


def begin_request(drawn: Drawn, queue: str, copies: int, digest: str, reason: str) -> Message:
    """What the log is told before a print."""
    sheet = drawn.sheet
    return pb.BeginPrintRequest(
        service=sheet.service, record_id=sheet.record_id, template=sheet.template,
        number=sheet.number, queue=queue, copies=copies, digest=digest,
        printed=drawn.history.printed, reason=reason,
    )  # fmt: skip
