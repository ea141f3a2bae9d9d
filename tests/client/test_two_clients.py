"""Two people, one record, over the wire: no silent loss, and each is told of the other."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from client.core.conflict import ConflictDialog, Side
from client.core.form import FormDialog
from client.core.view import PageView
from protos.admin import department_pb2 as pb
from protos.common.list_pb2 import IdRequest
from server.core.audit import AuditRow
from server.core.presence import Editor
from server.core.run import Running
from tests.client.desk import SOON, Desk
from tests.people import Clerk

MAY = ("admin.department.read", "admin.department.write")
RUNS = int(os.environ.get("AMB_CONFLICT_RUNS", "50"))
SEED = int(os.environ.get("AMB_CONFLICT_SEED", "20261125"))
FIELDS = ("name", "short_name", "address", "phone", "duty_phone")
GET, CREATE, UPDATE = (f"admin.DepartmentService.{name}" for name in ("Get", "Create", "Update"))


@pytest.fixture
def clerk(someone: Callable[..., Clerk]) -> Clerk:
    return someone(*MAY, name="王对方")


@pytest.fixture
def view(desk_of: Callable[..., Desk], qtbot: QtBot) -> PageView:
    view = desk_of(*MAY, name="张本人").log_in().open_title("部门管理")
    assert isinstance(view, PageView)
    qtbot.waitUntil(lambda: not view.model.is_loading, timeout=SOON)
    return view


def text(name: str, who: str, run: int) -> str:
    """A value of a field that tells whose it is."""
    return f"021-{run:03}{who}" if name.endswith("phone") else f"{who}改的{run}"


def changes(names: list[str], who: str, run: int) -> dict[str, str]:
    letter = {"我": "1", "他": "2"}[who]
    return {n: text(n, letter if n.endswith("phone") else who, run) for n in names}


def opened(view: PageView, id: int, qtbot: QtBot) -> FormDialog:
    before = len(view.forms)
    view.open_id(id)
    qtbot.waitUntil(lambda: len(view.forms) > before, timeout=SOON)
    form = view.forms[-1]
    qtbot.waitUntil(form.body.isEnabled, timeout=SOON)
    return form


def enter(form: FormDialog, values: dict[str, str]) -> None:
    for name, value in values.items():
        editor = form.body.boxes[name].editor
        assert editor is not None
        editor.set_value(value)
        editor.changed.emit()


def values(record: Any) -> dict[str, str]:
    return {name: getattr(record, name) for name in FIELDS}


def dialog_of(form: FormDialog) -> ConflictDialog | None:
    return form.findChild(ConflictDialog)


def test_fifty_random_encounters_lose_nothing_and_ask_exactly_for_the_clashes(
    view: PageView, clerk: Clerk, qtbot: QtBot
) -> None:
    dice = random.Random(SEED)
    start = pb.Department(code="C1", kind=pb.Department.STATION, name="原名", short_name="原")
    record = clerk(CREATE, start)
    met = {"none": 0, "some": 0}
    for run in range(RUNS):
        mine = changes(dice.sample(FIELDS, dice.randint(1, len(FIELDS))), "我", run)
        theirs = changes(dice.sample(FIELDS, dice.randint(1, len(FIELDS))), "他", run)
        record = encounter(view, clerk, record, mine, theirs, dice, met, qtbot)
    assert min(met.values()) > 0, met


def encounter(
    view: PageView,
    clerk: Clerk,
    base: Any,
    mine: dict[str, str],
    theirs: dict[str, str],
    dice: random.Random,
    met: dict[str, int],
    qtbot: QtBot,
) -> Any:
    """Both open, both change, the other saves first; answers the record as it ends up."""
    form = opened(view, base.id, qtbot)
    enter(form, mine)
    sent = pb.Department()
    sent.CopyFrom(base)
    for name, value in theirs.items():
        setattr(sent, name, value)
    saved = clerk(UPDATE, sent)
    form.save()
    qtbot.waitUntil(
        lambda: dialog_of(form) is not None or form.record.version == saved.version, timeout=SOON
    )
    clashing = set(mine) & set(theirs)
    chosen = settle(form, base, mine, theirs, clashing, dice, qtbot)
    met["some" if clashing else "none"] += 1
    form.save()
    qtbot.waitUntil(lambda: form.record.version > saved.version, timeout=SOON)
    wanted = {**values(base), **theirs, **{n: v for n, v in mine.items() if n not in clashing}}
    wanted |= {name: mine[name] for name, side in chosen.items() if side is Side.MINE}
    stored = clerk(GET, IdRequest(id=base.id))
    assert values(stored) == wanted
    form.done(0)
    return stored


def settle(
    form: FormDialog,
    base: Any,
    mine: dict[str, str],
    theirs: dict[str, str],
    clashing: set[str],
    dice: random.Random,
    qtbot: QtBot,
) -> dict[str, Side]:
    """Check what the dialog lists, choose at random, close it."""
    dialog = dialog_of(form)
    if dialog is None:
        assert not clashing
        return {}
    assert set(dialog._groups) == clashing
    shown = {label.text() for label in dialog.findChildren(type(dialog.intro))}
    for name in clashing:
        assert {theirs[name], mine[name], getattr(base, name) or "（空）"} <= shown
    qtbot.waitUntil(lambda: "王对方" in dialog.intro.text(), timeout=SOON)
    assert all("王对方" in label.text() for label in dialog._theirs.values())
    chosen = {name: dice.choice(list(Side)) for name in clashing}
    for name, side in chosen.items():
        dialog.choose(name, side)
    dialog.keep.click()
    qtbot.waitUntil(lambda: dialog_of(form) is None, timeout=SOON)
    return chosen


def test_each_is_told_that_the_other_has_it_open_and_neither_is_locked_out(
    view: PageView, desk_of: Callable[..., Desk], clerk: Clerk, server: Running, qtbot: QtBot
) -> None:
    record = clerk(CREATE, pb.Department(code="C2", kind=pb.Department.STATION, name="分站"))
    form = opened(view, record.id, qtbot)
    other = desk_of(*MAY, name="李同事").log_in().open_title("部门管理")
    assert isinstance(other, PageView)
    theirs = opened(other, record.id, qtbot)
    qtbot.waitUntil(theirs.company.isVisible, timeout=SOON)
    assert theirs.company.text.text().startswith("张本人（")
    assert theirs.save_button.isEnabled()
    form._presence.tell()
    qtbot.waitUntil(lambda: "李同事" in form.company.text.text(), timeout=SOON)
    theirs.done(0)
    qtbot.waitUntil(lambda: _editors(server) == 1, timeout=SOON)
    form._presence.tell()
    qtbot.waitUntil(lambda: not form.company.isVisible(), timeout=SOON)
    form.done(0)
    qtbot.waitUntil(lambda: _editors(server) == 0, timeout=SOON)
    with server.worker.app.sessions.read() as db:
        assert not db.query(AuditRow).filter(AuditRow.action.contains("Presence")).count()


def _editors(server: Running) -> int:
    with server.worker.app.sessions.read() as db:
        return db.query(Editor).count()
