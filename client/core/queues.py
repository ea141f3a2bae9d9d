"""The printers of this workstation as CUPS knows them: their papers, and what ails them.

The functions block and belong on a background thread.
"""

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from client.core import ipp
from client.core.ipp import Attributes, Refused, Unreachable

SLACK = 1.0  # mm a page may differ from a paper a queue knows
ONE_SIDED, LONG_EDGE = "one-sided", "two-sided-long-edge"
STOPPED = 5  # printer-state, RFC 8011 5.4.11

Target = dict[str, tuple[int, Any]]  # attributes of a request: name to (tag, value)

_NOT_FOUND = 0x0406  # status codes, RFC 8011 appendix B
_REFUSALS = {
    0x0401: "没有权限使用这台打印机，请联系管理员",
    0x0402: "没有权限使用这台打印机，请联系管理员",
    0x0403: "没有权限使用这台打印机，请联系管理员",
    0x0404: "任务已经结束，不能再改",
    _NOT_FOUND: "打印机不存在，请重新选择打印机",
    0x040A: "打印机不接受 PDF，请管理员检查打印驱动",
    0x040B: "打印机做不到所选的纸张或选项，没有打印；请换一台打印机",
    0x0506: "打印机暂不接收任务，请联系管理员",
}
_REASONS = {
    "media-empty": "缺纸，请加纸",
    "media-needed": "请放入所需的纸",
    "media-jam": "卡纸，请取出卡住的纸",
    "cover-open": "机盖没有关好",
    "door-open": "机门没有关好",
    "toner-empty": "没有墨粉",
    "marker-supply-empty": "没有墨",
    "offline": "打印机离线",
    "shutdown": "打印机已关机",
    "timed-out": "打印机没有回应，请检查电源和连线",
    "connecting-to-device": "正在连接打印机；久连不上请检查电源和连线",
    "paused": "已暂停",
    "cups-missing-filter": "打印驱动不完整，请联系管理员",
}
_MESSAGES = {
    "paused": "",  # the reasons say it
    "ready to print.": "",
    "rejecting jobs": "",  # an attribute of its own says it
    "the printer is not responding.": "打印机没有回应，请检查电源和连线",
    "filter failed": "打印驱动出错",
}


class PrintError(Exception):
    """The printing system refused; the text says why and what to do."""


class Paper(NamedTuple):
    """A paper a queue can do, in millimetres; ranges where its sizes are free."""

    keyword: str
    width: tuple[float, float]
    height: tuple[float, float]

    @property
    def free(self) -> bool:
        """Whether any size between the bounds will do."""
        return self.width[0] != self.width[1] or self.height[0] != self.height[1]

    def takes(self, width: float, height: float) -> bool:
        """Whether a page of that size fits this paper, this way up."""
        slack = 0 if self.free else SLACK
        across = self.width[0] - slack <= width <= self.width[1] + slack
        return across and self.height[0] - slack <= height <= self.height[1] + slack


class Media(NamedTuple):
    """A paper to ask a job for; `turned` if the page lies across it."""

    keyword: str
    turned: bool


class Queue(NamedTuple):
    """A printer as CUPS knows it."""

    name: str
    default: bool = False
    stopped: str = ""  # why it does not print now; empty if it does
    papers: tuple[Paper, ...] = ()
    duplex: bool = False
    trouble: str = ""  # what ails it although it is not stopped

    def media(self, width: float, height: float) -> Media:
        """The paper for a page in millimetres; PrintError if the queue has none."""
        for turned, size in ((False, (width, height)), (True, (height, width))):
            for paper in self.papers:
                if paper.takes(*size):
                    return Media(_custom(*size) if paper.free else paper.keyword, turned)
        raise PrintError(
            f"打印机“{self.name}”没有 {width:.4g}×{height:.4g} 毫米的纸张，没有打印。"
            f"请换一台打印机，或请管理员在打印队列里添加这种纸张（现有：{self._known()}）"
        )

    def _known(self) -> str:
        fixed = [f"{p.width[0]:.4g}×{p.height[0]:.4g}" for p in self.papers if not p.free]
        return "、".join(fixed[:6]) or "无"


def ask(
    operation: int,
    target: Target,
    job: Target | None = None,
    document: bytes = b"",
    path: str = "/",
) -> ipp.Answer:
    """The printing system's answer; PrintError if it will not or is not there."""
    try:
        return ipp.call(operation, target, job, document, path)
    except Unreachable as error:
        raise PrintError("连接不上打印服务，请检查打印服务是否运行，或联系管理员") from error
    except Refused as error:
        text = _REFUSALS.get(error.status) or f"打印系统拒绝了任务：{error.text[:120]}"
        raise PrintError(text) from error


def ask_if_there(operation: int, target: Target) -> ipp.Answer | None:
    """The answer; None where the printing system knows no such thing."""
    try:
        return ask(operation, target)
    except PrintError as error:
        if isinstance(error.__cause__, Refused) and error.__cause__.status == _NOT_FOUND:
            return None
        raise


def queues() -> list[Queue]:
    """The printers of this workstation, the default first; PrintError without a printing system."""
    wanted = [
        "printer-name", "printer-state", "printer-state-reasons", "printer-state-message",
        "printer-is-accepting-jobs", "media-supported", "sides-supported",
    ]  # fmt: skip
    answer = ask_if_there(ipp.PRINTERS, {"requested-attributes": (ipp.KEYWORD, wanted)})
    name = {"requested-attributes": (ipp.KEYWORD, ["printer-name"])}
    first = ask_if_there(ipp.DEFAULT_PRINTER, name)
    default = one(first.first(ipp.PRINTER), "printer-name") if first else None
    groups = answer.all(ipp.PRINTER) if answer else []
    found = [_queue(group, default) for group in groups if "printer-name" in group]
    return sorted(found, key=lambda queue: (not queue.default, queue.name))


def _queue(group: Attributes, default: object) -> Queue:
    name, stopped, trouble = str(group["printer-name"][0]), "", complaint(group)
    if one(group, "printer-state") == STOPPED:
        stopped = f"打印机已停用（{trouble}）" if trouble else "打印机已停用"
    elif one(group, "printer-is-accepting-jobs") is False:
        trouble = "；".join(part for part in (trouble, "不接收新任务") if part)
    papers = tuple(_papers(map(str, group.get("media-supported", []))))
    duplex = LONG_EDGE in group.get("sides-supported", [])
    return Queue(name, name == default, stopped, papers, duplex, trouble)


def one(group: Attributes, name: str) -> Any:
    """The first value of an attribute, or None."""
    return group.get(name, [None])[0]


def complaint(group: Attributes) -> str:
    """What a printer says ails it, in words for its user; empty if nothing does."""
    told: dict[str, None] = {}
    for reason in map(str, group.get("printer-state-reasons", [])):
        if text := _REASONS.get(re.sub(r"-(report|warning|error)$", "", reason)):
            told[text] = None
    if text := in_words(str(one(group, "printer-state-message") or "")):
        told[text] = None
    return "；".join(told)


def in_words(message: str) -> str:
    """A message of the printing system in Chinese where it is a common one."""
    text = message.strip()[:80]
    return _MESSAGES.get(text.lower(), text)


_SIZE = re.compile(r"_([\d.]+)x([\d.]+)(mm|in)$")


def _papers(keywords: Iterable[str]) -> Iterator[Paper]:
    """The sizes that self-describing names tell (PWG 5101.1)."""
    ends: dict[str, tuple[float, float]] = {}
    for keyword in keywords:
        found = _SIZE.search(keyword)
        if not found:
            continue
        unit = 25.4 if found[3] == "in" else 1.0
        width, height = float(found[1]) * unit, float(found[2]) * unit
        if kind := re.match(r"custom_(min|max)_", keyword):
            ends[kind[1]] = width, height
        else:
            yield Paper(keyword, (width, width), (height, height))
    if len(ends) == 2:
        yield Paper("custom", *zip(ends["min"], ends["max"], strict=True))


def _custom(width: float, height: float) -> str:
    # CUPS cuts to hundredths, then to whole points: rounded up here, a whole point stays whole
    across, down = (math.ceil(round(side * 100, 3)) / 100 for side in (width, height))
    size = f"{across:g}x{down:g}mm"
    return f"custom_{size}_{size}"
