"""A line of sums that breaks between two of them, never inside one."""

from PySide6.QtWidgets import QLabel

GAP = "　"  # between two sums
_JOINER = "\N{WORD JOINER}"


def _unbroken(part: str) -> str:
    return _JOINER.join(part.replace(" ", "\N{NO-BREAK SPACE}"))


class Sums(QLabel):
    """Shows "共 2 行　金额合计 350.00"; ``text()`` is what was set."""

    def __init__(self) -> None:
        super().__init__()
        self._plain = ""
        self.setWordWrap(True)  # many sums must not widen the page

    def setText(self, text: str) -> None:
        """Show sums with gaps between them."""
        self._plain = text
        super().setText(GAP.join(_unbroken(part) for part in text.split(GAP)))
        self.setAccessibleName(text)

    def text(self) -> str:
        """The sums without the marks that hold them together."""
        return self._plain
