"""Two letters and it is there: look-ups among 20,000 goods and 3,000 people."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from protos.inventory import category_pb2, item_pb2
from server.core.codes import codes
from server.core.run import Running
from server.inventory.item import Item
from tests.bench import lookups
from tests.people import Clerk


@pytest.fixture
def clerk(someone: Callable[..., Clerk]) -> Clerk:
    return someone(*lookups.READ)


def test_the_right_record_is_among_the_first_three(server: Running, clerk: Clerk) -> None:
    sessions = server.worker.app.sessions
    with sessions.write() as db:
        lookups.fill(db)
    with sessions.read() as db:
        asked = lookups.questions(db)
        used = {name: lookups.in_use(db, name) for name in (lookups.ITEMS, lookups.PERSONS)}
    missed = [
        question
        for question in asked
        if question.meant
        not in [hit.id for hit in lookups.ask(clerk, question, used[question.service])[:3]]
    ]
    assert len(asked) > 200
    assert len(missed) <= 0.05 * len(asked), (
        len(asked), Counter(each.why for each in missed), missed[:9]
    )  # fmt: skip


def test_pick_lists_hold_what_is_used_first_nothing_closed_and_ten_at_most(
    server: Running, clerk: Clerk
) -> None:
    sessions = server.worker.app.sessions
    with sessions.write() as db:
        lookups.fill(db, goods=60, people=1)
        items = list(db.scalars(select(Item).order_by(Item.id)))
        items[1].state = item_pb2.Item.DISABLED
    used = [items[50].id, items[1].id, items[40].id]
    for text in ("", "z"):  # before anything is typed, and after
        asked = lookups.Question(lookups.ITEMS, text, 0, "")
        hits = [hit.id for hit in lookups.ask(clerk, asked, used)]
        assert len(hits) == 10
        assert hits[:2] == [items[50].id, items[40].id]
        assert items[1].id not in hits
    code = lookups.Question(lookups.ITEMS, items[3].code.lower(), 0, "")
    first, *rest = lookups.ask(clerk, code, used)
    assert (first.id, first.exact) == (items[3].id, True), "a code goes before what is much used"
    assert not any(hit.exact for hit in rest)


def test_the_barcode_of_a_pack_names_its_item(clerk: Clerk) -> None:
    category = clerk(
        "inventory.CategoryService.Create", category_pb2.Category(code="YP", name="药品")
    )
    unit = item_pb2.ItemUnit(name="盒", factor=10, barcode="6901234567892")
    item = item_pb2.Item(
        name="阿托品", spec="1ml", kind=item_pb2.Item.DRUG, category_id=category.id,
        base_unit="支", units=[unit], control=item_pb2.Item.ORDINARY, storage=item_pb2.Item.ROOM,
    )  # fmt: skip
    made = clerk("inventory.ItemService.Create", item)
    asked = lookups.Question(lookups.ITEMS, unit.barcode, made.id, "")
    assert [(hit.id, hit.exact) for hit in lookups.ask(clerk, asked, [])] == [(made.id, True)]
    part = lookups.Question(lookups.ITEMS, unit.barcode[:-1], made.id, "")
    assert not any(hit.exact for hit in lookups.ask(clerk, part, []))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("长宁1站", "cn1z"),
        ("长宁分站", "cnfz"), ("长宁分站", "changningfenzhan"), ("曾晓单", "zxs"),
        ("单雄信", "shanxiongxin"), ("0.9%氯化钠注射液", "lhnzsy"),
        # 五笔: two characters, three, more; letter by letter; a character that has no code
        ("长宁", "taps"), ("曾晓单", "ujuj"), ("肾上腺素注射液", "jhegiti"), ("䶮曾晓", "ulja"),
    ],
)  # fmt: skip
def test_every_reading_leads_to_a_name(name: str, word: str) -> None:
    assert f" {word} " in codes(name, "X1") + " "


def test_aliases_are_kept_however_many_readings_there_are() -> None:
    assert " 6901234567892 " in codes("重组长乐行单朝曾" * 4, "6901234567892") + " "
