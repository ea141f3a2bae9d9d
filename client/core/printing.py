"""Printing a PDF through CUPS: jobs, and what really became of them.

The functions block and belong on a background thread; only PrintWatch lives in the GUI.
"""

from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from client.core import ipp
from client.core.background import background
from client.core.ipp import Attributes
from client.core.pages import page_sizes
from client.core.queues import (
    ONE_SIDED,
    STOPPED,
    PrintError,
    Queue,
    Target,
    ask,
    ask_if_there,
    complaint,
    in_words,
    one,
)

POLL = 1000  # ms between two looks at a job
PORTRAIT, LANDSCAPE = 3, 4  # orientation-requested, RFC 8011 5.2.10
HELD, PROCESSING, CANCELED, ABORTED, COMPLETED = 4, 5, 7, 8, 9  # job-state, RFC 8011 5.3.7
_WAYS = "恢复打印机、换一台或取消任务"


class Options(NamedTuple):
    """What is asked of a job; nothing is left to the queue's defaults."""

    title: str
    copies: int = 1
    sides: str = ONE_SIDED


class State(Enum):
    """What became of a job."""

    WAITING = "等待打印"
    PRINTING = "正在打印"
    PRINTED = "已打印"
    FAILED = "打印失败"
    UNKNOWN = "结果不明"


class Progress(NamedTuple):
    """A job's state and what to tell the user."""

    state: State
    text: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (State.PRINTED, State.FAILED, State.UNKNOWN)


def submit(queue: Queue, pdf: bytes, options: Options) -> str:
    """Hand a PDF to a queue at its true size; answers the job's name; PrintError if refused.

    Every page is compared with the queue's papers before anything is sent. A page that lies
    across its paper says so: else its far end would be cut off without a word.
    """
    media = [queue.media(*size) for size in page_sizes(pdf)]
    target: Target = {
        "printer-uri": (ipp.URI, ipp.printer_uri(queue.name)),
        "job-name": (ipp.NAME, options.title[:80]),
        "document-format": (ipp.MIME, "application/pdf"),
    }
    job: Target = {
        "copies": (ipp.INTEGER, options.copies),
        "media": (ipp.KEYWORD, media[0].keyword),
        "orientation-requested": (ipp.ENUM, LANDSCAPE if media[0].turned else PORTRAIT),
        "print-scaling": (ipp.KEYWORD, "none"),
        "sides": (ipp.KEYWORD, options.sides if queue.duplex else ONE_SIDED),
    }
    answer = ask(ipp.PRINT_JOB, target, job, pdf, f"/printers/{queue.name}")
    number = one(answer.first(ipp.JOB), "job-id")
    if number is None:
        raise PrintError("打印系统没有给出任务号，请检查打印队列")
    return f"{queue.name}-{number}"


def progress(job: str) -> Progress:
    """What became of a job so far."""
    wanted = ["job-state", "job-state-reasons", "job-printer-state-message", "job-printer-uri"]
    answer = ask_if_there(
        ipp.JOB_ATTRIBUTES, {**_named(job), "requested-attributes": (ipp.KEYWORD, wanted)}
    )
    if answer is None:
        return Progress(State.UNKNOWN, "打印系统没有保留结果，请核对纸张后再确认")
    found = answer.first(ipp.JOB)
    state, said = one(found, "job-state"), _said(found)
    if state == COMPLETED:
        if "job-completed-with-errors" in found.get("job-state-reasons", []):
            return Progress(State.UNKNOWN, f"打印机报告有错{said}，请核对纸张后再确认")
        return Progress(State.PRINTED, "已打印")
    if state == CANCELED:
        return Progress(State.FAILED, f"任务被取消，没有打印完{said}；请检查纸张和打印机设置")
    if state == ABORTED:
        return Progress(State.FAILED, f"打印机报错，没有打印完{said}；请检查打印机后重试")
    return _under_way(state, said, _printer(found, job))


def _said(found: Attributes) -> str:
    text = in_words(str(one(found, "job-printer-state-message") or ""))
    return f"（{text}）" if text else ""


def _under_way(state: object, said: str, printer: Attributes) -> Progress:
    trouble = complaint(printer)
    if one(printer, "printer-state") == STOPPED:
        why = f"（{trouble}）" if trouble else ""
        return Progress(State.WAITING, f"打印机已停用{why}，任务在等待；请{_WAYS}")
    if state == HELD:
        return Progress(State.WAITING, f"还没有打印出来{said}，打印系统会再试；请{_WAYS}")
    if state == PROCESSING:
        return Progress(State.PRINTING, f"打印中，打印机报告：{trouble}" if trouble else "正在打印")
    return Progress(State.WAITING, f"排队等待打印：{trouble}" if trouble else "排队等待打印")


def _printer(found: Attributes, job: str) -> Attributes:
    """The printer a job is waiting for now: it may have been moved."""
    queue = str(one(found, "job-printer-uri") or "").rpartition("/")[2] or _parts(job)[0]
    wanted = ["printer-state", "printer-state-reasons", "printer-state-message"]
    answer = ask_if_there(
        ipp.PRINTER_ATTRIBUTES,
        {
            "printer-uri": (ipp.URI, ipp.printer_uri(queue)),
            "requested-attributes": (ipp.KEYWORD, wanted),
        },
    )
    return answer.first(ipp.PRINTER) if answer else {}


def cancel(job: str) -> None:
    """Take a job back: what was not printed will not be."""
    ask(ipp.CANCEL_JOB, _named(job), path="/jobs/")


def move(job: str, queue: Queue, pdf: bytes) -> None:
    """Let another queue that has the paper print a waiting job."""
    for size in page_sizes(pdf):
        queue.media(*size)
    there: Target = {"job-printer-uri": (ipp.URI, ipp.printer_uri(queue.name))}
    ask(ipp.MOVE_JOB, _named(job), there, path="/jobs/")


def _named(job: str) -> Target:
    queue, number = _parts(job)
    return {
        "printer-uri": (ipp.URI, ipp.printer_uri(queue)),
        "job-id": (ipp.INTEGER, number),
    }


def _parts(job: str) -> tuple[str, int]:
    queue, _, number = job.rpartition("-")
    return queue, int(number)


def choose(known: Sequence[Queue], wanted: str) -> Queue | None:
    """The remembered queue if it is still there, else the default, else the only one."""
    by_name = {queue.name: queue for queue in known}
    if wanted in by_name:
        return by_name[wanted]
    return known[0] if known and (known[0].default or len(known) == 1) else None


class PrintWatch(QObject):
    """Submits a PDF and follows the job until it is over; `told` comes at every change."""

    told = Signal(object)  # Progress

    def __init__(self, queue: Queue, pdf: bytes, options: Options, parent: QObject) -> None:
        super().__init__(parent)
        self.job, self.queue = "", queue.name
        self._pdf = pdf
        self._last: Progress | None = None
        self._timer = QTimer(self, singleShot=True, interval=POLL)
        self._timer.timeout.connect(self._look)
        background().run(partial(submit, queue, pdf, options), self, self._sent, self._not_sent)

    def cancel(self) -> None:
        """Take the job back."""
        background().run(partial(cancel, self.job), self, self._acted, self._refused)

    def move(self, queue: Queue) -> None:
        """Print on another queue."""

        def moved(_: object) -> None:
            self.queue = queue.name
            self._look()

        job = partial(move, self.job, queue, self._pdf)
        background().run(job, self, moved, self._refused)

    def _acted(self, _: object) -> None:
        self._look()

    def _refused(self, error: Exception) -> None:
        """The job is as it was; the next look tells."""
        self._tell(Progress(State.WAITING, str(error)))
        if not isinstance(error, PrintError):
            raise error

    def _sent(self, job: str) -> None:
        self.job = job
        self._look()

    def _not_sent(self, error: Exception) -> None:
        self._tell(Progress(State.FAILED, str(error)))
        if not isinstance(error, PrintError):
            raise error

    def _look(self) -> None:
        self._timer.stop()
        background().run(partial(progress, self.job), self, self._looked, self._lost)

    def _looked(self, found: Progress) -> None:
        self._tell(found)
        if not found.over:
            self._timer.start()

    def _lost(self, error: Exception) -> None:
        """Nobody can say what became of a job that was sent."""
        text = f"任务已经送出，但是{error}；请核对纸张后再确认"
        self._tell(Progress(State.UNKNOWN, text))
        if not isinstance(error, PrintError):
            raise error

    def _tell(self, found: Progress) -> None:
        if found != self._last and not (self._last and self._last.over):
            self._last = found
            if found.over:
                self._pdf = b""  # a day's prints need not stay in memory
            self.told.emit(found)
