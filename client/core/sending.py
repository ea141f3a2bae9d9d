"""From a drawn sheet to a followed print job: paper checked, noted in the log, sent."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from client.core import sheet
from client.core.api import Api, ApiError
from client.core.jobs import Job, Jobs
from client.core.pages import page_sizes
from client.core.printers import Preference, Printers
from client.core.printing import Options
from client.core.queues import Queue
from client.core.sheet import Drawn
from crypto import sm3


def bytes_for(drawn: Drawn, queue: Queue, choice: Preference, printers: Printers) -> bytes:
    """What goes to the printer; PrintError if the queue may not print it or has no such paper.

    Blocks: belongs on a background thread.
    """
    what = drawn.sheet
    printers.refuse(queue.name, bill=what.bill)
    pdf = drawn.pdf
    if choice.over and what.over is not None:
        known = printers.calibration(what.form, queue.name)
        pdf = what.over(drawn.meta, known, printers.fed(what.form, queue.name))
    for size in page_sizes(pdf):
        queue.media(*size)
    return pdf


def send(
    drawn: Drawn,
    pdf: bytes,
    queue: Queue,
    choice: Preference,
    printers: Printers,
    reason: str,
    api: Api | None,
    jobs: Jobs,
    owner: QObject,
    sent: Callable[[Job], None],
    refused: Callable[[str], None],
) -> None:
    """Note the print in the log, then send it; `sent` is given the job to follow."""
    what = drawn.sheet
    options = Options(what.title, choice.copies, choice.sides)

    def go(entry: Any) -> None:
        refuse = partial(printers.refuse, bill=what.bill)
        sent(jobs.send(what.title, pdf, queue, options, api, entry, refuse))

    def not_noted(error: ApiError) -> None:
        refused(error.text)

    if api is None or not what.service or drawn.trouble:
        go(None)
        return
    digest = sm3.digest(pdf).hex()
    request = sheet.begin_request(drawn, queue.name, choice.copies, digest, reason)
    api.call(sheet.RPC["Begin"], request, owner, go, not_noted)
