"""Pictures as the server takes them: JPEG or PNG of a bounded size, whatever they were before."""

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from protos import facts
from protos.common.attachment_pb2 import AddAttachmentRequest

MOST_BYTES = facts.of_field(facts.field_named(AddAttachmentRequest.DESCRIPTOR, "content")).max_len
NAME_LENGTH = facts.of_field(facts.field_named(AddAttachmentRequest.DESCRIPTOR, "name")).max_len
ENDINGS = "*.jpg *.jpeg *.png *.bmp *.webp *.gif *.tif *.tiff"
_LONGEST = 2560  # px of the longer side of a picture that had to be made smaller
_SMALLER = 0.75
_QUALITY = 88


class Picture(NamedTuple):
    """A name and the bytes of a JPEG or PNG."""

    name: str
    content: bytes


def of_file(path: Path) -> Picture:
    """The picture in a file, as it is if the server takes it so; ValueError if it holds none."""
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    kind = bytes(reader.format().data())
    if kind in (b"jpeg", b"png") and path.stat().st_size <= MOST_BYTES:
        return Picture(path.name[-NAME_LENGTH:], path.read_bytes())
    reader.setAutoTransform(True)
    image = reader.read()
    if image.isNull():
        raise ValueError(f"{path.name} 不是能打开的图片，请选 JPEG 或 PNG 文件")
    return Picture(f"{path.stem[: NAME_LENGTH - 4]}.jpg", _jpeg(image))


def of_image(image: QImage, name: str) -> Picture:
    """A picture out of the clipboard: lossless if that is small enough."""
    content = _written(image, "PNG", -1)
    if len(content) <= MOST_BYTES:
        return Picture(f"{name}.png", content)
    return Picture(f"{name}.jpg", _jpeg(image))


def shown(content: bytes, most: QSize) -> QImage:
    """The picture no larger than a size and never blown up; a null image if it is none.

    Decoded at that size: of a large photograph only a small part of the work is done.
    """
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if reader.transformation() & QImageIOHandler.Transformation.TransformationRotate90:
        most = most.transposed()
    if size.width() > most.width() or size.height() > most.height():
        reader.setScaledSize(size.scaled(most, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


def _jpeg(image: QImage) -> bytes:
    """The image as JPEG within the limit, made smaller as often as it takes."""
    longest = min(max(image.width(), image.height()), _LONGEST)
    while True:
        size = QSize(longest, longest)
        smaller = image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        content = _written(smaller, "JPEG", _QUALITY)
        if len(content) <= MOST_BYTES:
            return content
        longest = int(longest * _SMALLER)


def _written(image: QImage, kind: str, quality: int) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind, quality)  # type: ignore[call-overload]
    return bytes(data.data())
