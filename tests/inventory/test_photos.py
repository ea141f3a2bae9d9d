"""Pictures of records: who may add them when, which bytes are one; and the strip in the form."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from client.core.form import FormDialog
from client.core.photos import PhotoDialog, PhotoStrip
from client.core.settings import Settings
from client.inventory.items import items
from protos.common import approval_pb2, attachment_pb2
from protos.common.list_pb2 import IdRequest
from protos.inventory import disposal_pb2, item_pb2, personal_loss_pb2
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import SOON, Desk
from tests.inventory.test_pages import shot
from tests.inventory.world import World, day, named
from tests.people import Clerk, faults_of, refused, text_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
PHOTO = "common.AttachmentService."
ITEM, LOSS = "inventory.ItemService", "inventory.PersonalLossService"
DISPOSAL = "inventory.DisposalService"


def picture(kind: str = "PNG", shade: int = 0) -> bytes:
    """A small picture, another for each shade."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawn(shade).save(buffer, kind)  # type: ignore[call-overload]
    return bytes(data.data())


def drawn(shade: int, width: int = 400, height: int = 300) -> QImage:
    """Something one can tell from others."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(shade * 40 % 360, 160, 220))
    return image


def add(clerk: Clerk, service: str, record_id: int, content: bytes, name: str = "破损.png") -> Any:
    """Add a picture over the wire."""
    request = attachment_pb2.AddAttachmentRequest(
        service=service, id=record_id, name=name, content=content
    )
    return clerk(PHOTO + "Add", request)


def kept(clerk: Clerk, service: str, record_id: int) -> list[str]:
    """The names of a record's pictures."""
    asked = attachment_pb2.AttachmentsRequest(service=service, id=record_id)
    return [each.name for each in clerk(PHOTO + "List", asked).rows]


@pytest.mark.requirement(1)
def test_an_item_takes_nine_real_pictures_while_it_may_be_changed(
    world: World, someone: Callable[..., Clerk]
) -> None:
    keeper, item = world.keeper, world.adrenaline
    for wrong in (b"GIF89a" + bytes(40), picture()[:-20], b"<svg/>", picture("JPEG")[:200]):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as told:
            add(keeper, ITEM, item, wrong, "图.png")
        assert "JPEG 或 PNG" in faults_of(told.value)["content"]
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as told:
        add(keeper, ITEM, item, picture() + bytes(2 << 20))
    assert "最大2 MB" in faults_of(told.value)["content"]
    first = add(keeper, ITEM, item, picture("JPEG"), "外包装.jpg")
    assert (first.mime, first.added_by, first.content) == ("image/jpeg", "李库管", b"")
    for shade in range(1, 9):
        add(keeper, ITEM, item, picture(shade=shade))
    for content, text in ((picture("JPEG"), "已经添加过"), (picture(shade=9), "最多 9 张")):
        with refused(grpc.StatusCode.INVALID_ARGUMENT) as told:
            add(keeper, ITEM, item, content)
        assert text in faults_of(told.value)["content"]
    reader = someone("inventory.item.read")
    assert reader(PHOTO + "Get", IdRequest(id=first.id)).content == picture("JPEG")
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        reader(PHOTO + "Remove", IdRequest(id=first.id, version=1))
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        someone("inventory.issue.read")(PHOTO + "Get", IdRequest(id=first.id))
    keeper(PHOTO + "Remove", IdRequest(id=first.id, version=1))
    with refused(grpc.StatusCode.NOT_FOUND):
        reader(PHOTO + "Get", IdRequest(id=first.id))
    asked = approval_pb2.HistoryRequest(service=ITEM, id=item)
    told_of = keeper("common.ApprovalService.History", asked).changes
    said = [(each.label, each.fields[0].new) for each in told_of if "图片" in each.label]
    assert said[0] == ("移除图片", "外包装.jpg")
    assert said[-1] == ("添加图片", "外包装.jpg")
    assert len(said) == 10
    item_now = keeper("inventory.ItemService.Get", IdRequest(id=item))
    off = item_pb2.DisableItemRequest(id=item, version=item_now.version, reason="停产")
    keeper("inventory.ItemService.Disable", off)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as told:
        add(keeper, ITEM, item, picture("JPEG"))
    assert text_of(told.value) == "停用的记录不能再增减图片"
    with refused(grpc.StatusCode.INVALID_ARGUMENT):
        kept(keeper, "inventory.NoService", 1)


@pytest.mark.requirement(20)
def test_pictures_of_a_loss_are_closed_when_it_is_handed_in(world: World) -> None:
    world.stocked_doctor()
    line = personal_loss_pb2.LossLine(item_id=world.adrenaline, quantity=1, reason="broken")
    loss = world.doctor(
        LOSS + ".Create", personal_loss_pb2.PersonalLoss(business_on=day(0), lines=[line])
    )
    add(world.doctor, LOSS, loss.id, picture())
    loss = world.doctor(LOSS + ".Submit", named(loss))
    assert kept(world.head, LOSS, loss.id) == ["破损.png"]  # who decides sees it
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        add(world.doctor, LOSS, loss.id, picture(shade=1))
    for change in (lambda: add(world.head, LOSS, loss.id, picture(shade=1)),
                   lambda: kept(world.keeper, LOSS, loss.id)):  # fmt: skip
        with refused(grpc.StatusCode.PERMISSION_DENIED):
            change()


@pytest.mark.requirement(6)
def test_who_destroys_adds_pictures_of_it_before_registering_it(
    world: World, someone: Callable[..., Clerk]
) -> None:
    world.received(world.line("L1", 30, 2))
    world.aged("L1", -3)
    made = world.keeper(
        DISPOSAL + ".Create",
        disposal_pb2.Disposal(
            warehouse_id=world.centre, cause=disposal_pb2.Disposal.EXPIRED, business_on=day(0)
        ),
    )
    other = someone("inventory.disposal.read", "inventory.disposal.write", name="赵库管")
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as told:
        add(other, DISPOSAL, made.id, picture())
    assert "只能修改自己制的" in text_of(told.value)
    made = world.keeper(DISPOSAL + ".Submit", named(made))
    made = world.head(DISPOSAL + ".Approve", named(made))
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        add(other, DISPOSAL, made.id, picture())
    add(world.keeper, DISPOSAL, made.id, picture(), "销毁现场.png")
    witnesses = [someone(name=name).who.id for name in ("周监销", "吴监销")]
    done = world.keeper(
        DISPOSAL + ".Execute",
        disposal_pb2.ExecuteRequest(
            id=made.id, version=made.version, method=disposal_pb2.Disposal.INCINERATED,
            place="院区焚烧站", witness_id=witnesses[0], second_witness_id=witnesses[1],
        ),
    )  # fmt: skip
    with refused(grpc.StatusCode.FAILED_PRECONDITION):
        add(world.keeper, DISPOSAL, done.id, picture(shade=1))
    assert kept(world.head, DISPOSAL, done.id) == ["销毁现场.png"]


def opened(page: Any, desk: Desk, folder: Path, qtbot: QtBot, record: Any) -> FormDialog:
    """The form of a record in the logged-in client."""
    form = FormDialog(page, desk.program.connection.api, Settings("t", folder), record)
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    return form


def filled(strip: PhotoStrip, count: int) -> bool:
    """Whether the strip shows so many pictures."""
    return len(strip.rows) == count and all(each.content for each in strip.rows)


@pytest.mark.requirement(1)
def test_pictures_in_the_form_of_an_item(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    desk = desk_of("inventory.item.read", "inventory.item.write", "inventory.category.read")
    desk.log_in()
    fresh = item_pb2.Item(
        name="一次性吸氧管", spec="双鼻", base_unit="根", category_id=world.category,
        kind=item_pb2.Item.CONSUMABLE, control=item_pb2.Item.ORDINARY, storage=item_pb2.Item.ROOM,
    )  # fmt: skip
    form = opened(items, desk, tmp_path, qtbot, fresh)
    strip = form.photos
    assert not strip.add_button.isVisible()
    assert strip.note.text() == "保存后可以添加图片"
    form.save()
    qtbot.waitUntil(strip.add_button.isVisible, timeout=SOON)
    large, small = tmp_path / "大图.bmp", tmp_path / "外包装.jpg"
    drawn(1, 3000, 2000).save(str(large), "BMP")  # type: ignore[call-overload]
    small.write_bytes(picture("JPEG", 2))
    assert large.stat().st_size > 2 << 20
    strip.add_files([large, small])
    qtbot.waitUntil(lambda: filled(strip, 2), timeout=SOON)
    assert [each.name for each in strip.rows] == ["大图.jpg", "外包装.jpg"]
    assert strip.rows[1].content == small.read_bytes()  # not touched where it is small enough
    assert not form.is_dirty()
    QGuiApplication.clipboard().setImage(drawn(3))
    strip.thumbs[1].setFocus()
    qtbot.keyClick(strip.thumbs[1], Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: filled(strip, 3), timeout=SOON)
    assert strip.rows[2].mime == "image/png"
    shot(form, "photos_item")
    strip.thumbs[0].setFocus()
    qtbot.keyClick(form, Qt.Key.Key_Return)
    large_one = strip.findChild(PhotoDialog)
    assert isinstance(large_one, PhotoDialog)
    large_one.turn(1)
    assert "外包装.jpg（2/3）" in large_one.windowTitle()
    shot(large_one, "photo_large")
    large_one.accept()
    strip.thumbs[2].setFocus()
    qtbot.keyClick(strip.thumbs[2], Qt.Key.Key_Delete)
    box = strip.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert strip.rows[2].name in box.text()
    next(each for each in box.buttons() if each.text() == "移除图片").click()
    qtbot.waitUntil(lambda: filled(strip, 2), timeout=SOON)
    (tmp_path / "说明.jpg").write_bytes(b"no picture at all")
    strip.add_files([tmp_path / "说明.jpg"])
    qtbot.waitUntil(lambda: "不是能打开的图片" in strip.note.text(), timeout=SOON)
    assert kept(world.keeper, ITEM, strip._id) == ["大图.jpg", "外包装.jpg"]
