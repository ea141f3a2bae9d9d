"""A dialog that grows with its texts: what it says last is never cut."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialog


class GrowingDialog(QDialog):
    """Takes the height its wrapped texts need at its width, whenever one of them changes."""

    def event(self, event: QEvent) -> bool:
        """Grow after the layout has seen another text."""
        answer = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self.isVisible():
            needed = max(self.heightForWidth(self.width()), self.minimumSizeHint().height())
            if needed > self.height():
                self.resize(self.width(), needed)
        return answer
