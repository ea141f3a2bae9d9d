"""Before a dangerous verb the question names the object it is about to be done to."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from client import areas
from client.core import operations, piles, values
from client.core.page import Page
from protos import facts, mending
from tests.client import sample


def dangers() -> Iterator[tuple[Page, MethodDescriptor]]:
    for area in areas.AREAS:
        for page in areas.pages(area.name):
            for name in page.actions:
                if facts.of_rpc(page.method(name)).danger:
                    yield page, page.method(name)


EACH = [pytest.param(p, m, id=f"{p.title}-{m.name}") for p, m in dangers()]


def record_of(page: Page) -> Any:
    """A record with a name or number."""
    made = GetMessageClass(page.record)(id=42)
    shown = facts.of_service(page.service).display or "name"
    field = page.record.fields_by_name.get(shown)
    if field is not None and facts.kind(field) is facts.Kind.TEXT:
        setattr(made, shown, "甲乙丙")
    return made


@pytest.mark.parametrize(("page", "method"), EACH)
@pytest.mark.usefixtures("qapp")
def test_the_question_names_the_object(page: Page, method: MethodDescriptor, qtbot: QtBot) -> None:
    api, owner, record = sample.offline_api(), QWidget(), record_of(page)
    qtbot.addWidget(owner)
    owner.show()
    subject = piles.name_of(page, api, record)
    shown = values.display_of(record, page.service, api.names) or "#42"
    assert shown in subject
    request = facts.request_class(method)()
    operations.run(api, owner, method, request, pytest.fail, subject=subject)
    box = sample.child(owner, QMessageBox)
    assert f"“{subject}”" in box.text()
    label = facts.of_rpc(method).label
    assert label in box.text()
    assert box.informativeText() == mending.told(method)
    assert box.defaultButton().text() == "取消"
    _leave(owner, box, qtbot)


@pytest.mark.usefixtures("qapp")
def test_the_question_before_a_pile_names_each(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    page, method = next(dangers())
    request = facts.request_class(method)
    names = ["甲一号", "乙二号"]
    pile = [request(), request()]
    operations.run_pile(sample.offline_api(), owner, method, pile, names, _must_not)
    box = sample.child(owner, QMessageBox)
    assert "这 2 份" in box.text()
    assert all(name in box.informativeText() for name in names)
    assert mending.told(method) in box.text()
    assert page.title
    _leave(owner, box, qtbot)


def _must_not(_: list[str]) -> None:
    pytest.fail("nothing was confirmed")


def _leave(owner: QWidget, box: QMessageBox, qtbot: QtBot) -> None:
    next(button for button in box.buttons() if button.text() == "取消").click()
    qtbot.waitUntil(lambda: owner.findChild(QMessageBox) is None)
