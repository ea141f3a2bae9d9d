"""A list with more sums than fit in one line."""

from PySide6.QtWidgets import QHBoxLayout

from client.core.view import PageView


class WideView(PageView):
    """Breaks the sums into lines, so that they do not widen the window."""

    def _build_foot(self) -> QHBoxLayout:
        foot = super()._build_foot()
        self.summary.setWordWrap(True)
        foot.setStretchFactor(self.summary, 8)
        return foot
