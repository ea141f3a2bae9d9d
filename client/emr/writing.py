"""A pad to sign on by finger, pen or mouse; the writing is kept as a picture."""

from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core import style
from client.emr.stamps import stamp
from protos.emr.case_record_pb2 import CaseRecord

SIZE = QSize(600, 200)  # px of the picture
PEN = 4.0


class Pad(QWidget):
    """The white field; `written` comes when the pen is lifted."""

    written = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("接诊医师手写签名")
        self.image = _blank()
        self._last: QPointF | None = None

    def picture(self) -> bytes:
        """The writing as PNG."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    def show_picture(self, png: bytes) -> None:
        """Show a kept writing; empty bytes clear the pad."""
        self.image = _blank()
        if png:
            painter = QPainter(self.image)
            painter.drawImage(QRectF(self.image.rect()), QImage.fromData(png))
            painter.end()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the pen down."""
        self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw from the last point."""
        if self._last is None:
            return
        painter = QPainter(self.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, cap, join = (
            Qt.PenStyle.SolidLine,
            Qt.PenCapStyle.RoundCap,
            Qt.PenJoinStyle.RoundJoin,
        )
        painter.setPen(QPen(Qt.GlobalColor.black, PEN, line, cap, join))
        painter.drawLine(self._last, event.position())
        painter.end()
        self._last = event.position()
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Lift the pen."""
        if self._last is not None:
            self._last = None
            self.written.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The writing in its frame."""
        painter = QPainter(self)
        painter.drawImage(0, 0, self.image)
        painter.setPen(style.colour("field_border"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class SignaturePane(QFrame):
    """The receiving doctor's handwriting under the handover: ``receiver_pad``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._record: Any = None
        self.pad = Pad()
        self.pad.setObjectName("receiver_pad")
        self.pad.written.connect(self._take)
        clear = QPushButton("重写")
        clear.setObjectName("receiver_clear")
        clear.clicked.connect(lambda _: self._clear())
        heading = QLabel("接诊医师手写签名（可选）")
        heading.setProperty("role", "heading")
        row = QHBoxLayout()
        row.addWidget(self.pad)
        row.addWidget(clear, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.addWidget(heading)
        column.addLayout(row)

    def show_record(self, record: CaseRecord) -> None:
        """Show the writing of a record and keep it up to date from now on."""
        self._record = record
        self.pad.show_picture(record.receiver_signature)

    def _take(self) -> None:
        self._record.receiver_signature = self.pad.picture()
        self._record.receiver_signed_at.CopyFrom(stamp())
        self.changed.emit()

    def _clear(self) -> None:
        self._record.receiver_signature = b""
        self._record.ClearField("receiver_signed_at")
        self.pad.show_picture(b"")
        self.changed.emit()


def _blank() -> QImage:
    image = QImage(SIZE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    return image
