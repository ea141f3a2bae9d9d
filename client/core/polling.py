"""How the questions go that the program asks by itself, again and again."""

from datetime import UTC, datetime

from client.core import entry
from client.core.findings import Finding


class Poll:
    """One question: how often it was asked and failed, and since when and why it fails now."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.answered = self.failed = 0
        self.true_at = ""  # when it was answered last, on the clock
        self.trouble = ""  # since when and why it is not answered; empty while it is
        self._since = ""

    def well(self) -> None:
        """Note an answer."""
        self.answered += 1
        self.true_at, self.trouble, self._since = _now(), "", ""

    def ill(self, why: str) -> None:
        """Note a failure."""
        self.failed += 1
        self._since = self._since or _now()
        self.trouble = f"{self._since} 起没有取到：{why}"

    def told(self) -> str:
        """One line for the diagnosis."""
        state = self.trouble or (f"最近 {self.true_at}" if self.true_at else "还没有问过")
        return f"{self.label}：成功 {self.answered} 次，失败 {self.failed} 次（{state}）"


def of_polls(polls: list[Poll]) -> Finding:
    """How the polling goes since login."""
    ill = any(poll.trouble for poll in polls)
    text = "；".join(poll.told() for poll in polls)
    return Finding("自动刷新", text, "warn" if ill else "good")


def _now() -> str:
    return entry.clock_text(datetime.now(UTC))
