"""Look-ups in a full centre: 20,000 goods and 3,000 people, asked as clerks ask.

``fill`` and ``questions`` also serve the test that the right record is among the first three.
"""

import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pypinyin import Style, lazy_pinyin
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from protos.admin import person_pb2
from protos.common import lookup_pb2
from protos.inventory import item_pb2
from server.admin.person import Person
from server.core import ids
from server.core.codes import codes
from server.inventory.category import Category
from server.inventory.item import Item
from tests.bench import serve
from tests.bench.figures import Figure, most
from tests.bench.world import world
from tests.people import Clerk, a_department

GOODS, PEOPLE = 20_000, 3_000
IN_USE = 20  # goods and people one clerk works with
READ = (
    "inventory.item.read",
    "inventory.item.write",
    "inventory.category.write",
    "admin.person.read",
)
ITEMS, PERSONS = "inventory.ItemService", "admin.PersonService"
FIND = "common.LookupService.Find"
ROOTS = (
    "盐酸肾上腺素", "重酒石酸去甲肾上腺素", "硫酸阿托品", "盐酸多巴胺", "盐酸利多卡因",
    "胺碘酮", "硝酸甘油", "呋塞米", "地西泮", "咪达唑仑", "盐酸吗啡", "枸橼酸芬太尼",
    "葡萄糖酸钙", "氯化钾", "氯化钠", "葡萄糖", "碳酸氢钠", "甘露醇", "羟乙基淀粉", "氨茶碱",
    "地塞米松", "甲泼尼龙", "异丙嗪", "氯丙嗪", "纳洛酮", "氟马西尼", "尼可刹米", "洛贝林",
    "间羟胺", "异丙肾上腺素", "去乙酰毛花苷", "维拉帕米", "普罗帕酮", "艾司洛尔", "乌拉地尔",
    "硝普钠", "酚妥拉明", "尿激酶", "阿替普酶", "肝素钠", "阿司匹林", "氯吡格雷", "替格瑞洛",
    "布洛芬", "对乙酰氨基酚", "头孢曲松", "头孢呋辛", "阿莫西林", "青霉素", "左氧氟沙星",
    "奥美拉唑", "西咪替丁", "甲氧氯普胺", "山莨菪碱", "维生素K1", "氨甲环酸", "酚磺乙胺",
    "缩宫素", "硫酸镁", "解磷定", "亚甲蓝", "破伤风抗毒素", "胰岛素", "沙丁胺醇", "异丙托溴铵",
    "布地奈德", "重组人脑利钠肽", "去氧肾上腺素", "麻黄碱", "新斯的明", "罗库溴铵", "丙泊酚",
    "依托咪酯", "氯胺酮", "右美托咪定", "曲马多", "喷他佐辛", "长春西汀", "单硝酸异山梨酯",
    "血凝酶", "参麦", "生脉", "清开灵", "醒脑静",
)  # fmt: skip
FORMS = ("注射液", "片", "胶囊", "颗粒", "口服溶液", "气雾剂", "滴眼液", "粉针剂")
SPECS = ("1ml:1mg", "2ml:10mg", "5ml:0.1g", "10ml", "100ml", "250ml", "500ml", "0.5g")
MAKERS = ("上海禾丰", "天津金耀", "山东新华", "北京双鹤", "江苏恒瑞", "广州白云山")
FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧曾单仇查解盖乐翟覃朴区尉"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红长乐行重朝阳晓单宁安国庆建志海燕喆颖颙"
SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "查": "zha", "解": "xie", "盖": "ge",
    "乐": "yue", "翟": "zhai", "覃": "qin", "朴": "piao", "区": "ou", "尉": "wei",
}  # fmt: skip


class Question(NamedTuple):
    """What somebody types, and the record meant."""

    service: str
    text: str
    meant: int
    why: str


def fill(db: Session, goods: int = GOODS, people: int = PEOPLE) -> None:
    """Put goods and people into the store, always the same ones."""
    dice, now = random.Random(7), datetime.now(UTC)
    stamped = {"created_at": now, "updated_at": now}
    category = Category(code="QQ", name="查询", codes="", **stamped)
    db.add(category)
    department = a_department(db, now)
    db.flush()
    db.execute(insert(Item), [_item(n, category.id) | stamped for n in range(goods)])
    used: set[str] = set()
    rows = [_person(n, _name(dice, used), department) | stamped for n in range(people)]
    db.execute(insert(Person), rows)


def _item(number: int, category: int) -> dict[str, Any]:
    rest, root = divmod(number, len(ROOTS))
    rest, form = divmod(rest, len(FORMS))
    maker, spec = divmod(rest, len(SPECS))
    item = Item(name=ROOTS[root] + FORMS[form], spec=SPECS[spec], code=f"QZ{number:06}")
    item.generic_name = item.trade_name = ""
    item.barcode, item.units = f"69{number:011}", []
    item.describe()
    return {
        "id": ids.new(), "code": item.code, "title": item.title, "name": item.name,
        "spec": item.spec, "kind": item_pb2.Item.DRUG, "category_id": category,
        "base_unit": "支", "barcode": item.barcode, "codes": item.codes,
        "manufacturer": MAKERS[maker % len(MAKERS)] + str(maker // len(MAKERS) or ""),
    }  # fmt: skip


def _person(number: int, name: str, department: int) -> dict[str, Any]:
    staff_no = f"Q{number:05}"
    return {
        "id": ids.new(), "staff_no": staff_no, "name": name, "department_id": department,
        "kind": person_pb2.Person.DOCTOR, "codes": codes(name, staff_no),
    }  # fmt: skip


def _name(dice: random.Random, used: set[str]) -> str:
    """A name nobody here has yet, of two or three letters."""
    while True:
        name = dice.choice(FAMILIES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2))))
        if name not in used:
            used.add(name)
            return name


def in_use(db: Session, service: str) -> list[int]:
    """Ids of what a clerk uses daily, the most used first."""
    model: Any = Item if service == ITEMS else Person
    name = Item.code if service == ITEMS else Person.staff_no
    prefix = "QZ" if service == ITEMS else "Q"
    found = list(db.scalars(select(model.id).where(name.startswith(prefix)).order_by(model.id)))
    return random.Random(11).sample(found, min(IN_USE, len(found)))


def questions(db: Session) -> list[Question]:
    """What is typed in a day: for things in daily use little, for all others more."""
    asked: list[Question] = []
    for at in in_use(db, ITEMS):
        asked += _of_used_item(db.get_one(Item, at))
    for at in in_use(db, PERSONS):
        asked += _of_used_person(db.get_one(Person, at))
    dice = random.Random(13)
    items = db.scalars(select(Item).where(Item.code.startswith("QZ")).order_by(Item.code)).all()
    for item in dice.sample(items, IN_USE):
        asked += _of_any_item(item)
    people = db.scalars(
        select(Person).where(Person.staff_no.startswith("Q")).order_by(Person.staff_no)
    ).all()
    for person in dice.sample(people, IN_USE):
        asked += _of_any_person(person)
    for person in [each for each in people if each.name[0] in SURNAMES][:IN_USE]:
        asked.append(_right_reading(person))
    return asked


def _initials(text: str) -> str:
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()


def _full(text: str) -> str:
    return "".join(lazy_pinyin(text)).lower()


def _of_used_item(item: Item) -> Iterator[Question]:
    letters = _initials(item.name)
    yield Question(ITEMS, letters[:3], item.id, "三个首字母")
    yield Question(ITEMS, letters, item.id, "全部首字母")
    yield Question(ITEMS, letters[2:5], item.id, "名称中间的首字母")
    yield Question(ITEMS, item.name[1:4], item.id, "名称的一部分")
    yield Question(ITEMS, _full(item.name)[:8], item.id, "全拼开头")


def _of_used_person(person: Person) -> Iterator[Question]:
    yield Question(PERSONS, _initials(person.name)[:2], person.id, "两个首字母")
    yield Question(PERSONS, _initials(person.name), person.id, "全部首字母")
    yield Question(PERSONS, person.name[1:], person.id, "名")


def _of_any_item(item: Item) -> Iterator[Question]:
    yield Question(ITEMS, item.code, item.id, "编码")
    yield Question(ITEMS, item.barcode, item.id, "条码")


def _of_any_person(person: Person) -> Iterator[Question]:
    yield Question(PERSONS, person.staff_no, person.id, "工号")
    yield Question(PERSONS, person.name, person.id, "姓名")
    yield Question(PERSONS, _full(person.name), person.id, "全拼")


def _right_reading(person: Person) -> Question:
    given = _full(person.name[1:])
    return Question(PERSONS, SURNAMES[person.name[0]] + given, person.id, "多音字姓的读音")


def ask(clerk: Clerk, question: Question, used: list[int]) -> list[lookup_pb2.Hit]:
    """The hits as the client gets them."""
    request = lookup_pb2.FindRequest(
        service=question.service, text=question.text, limit=10, used=used
    )
    return list(clerk(FIND, request).hits)


def measure() -> Iterator[Figure]:
    """How long an answer takes, over SM TLS: the median, and what one in twenty exceeds."""
    with world() as made, serve.process(made.home) as server:
        with made.sessions.write() as db:
            fill(db)
        with made.sessions.read() as db:
            asked = questions(db)
            used = {name: in_use(db, name) for name in (ITEMS, PERSONS)}
        with made.clerk(server.port, READ) as clerk:
            spans = sorted(_timed(clerk, each, used[each.service]) for each in asked)
    name = f"Look-up among {GOODS:,} goods, {PEOPLE:,} people"
    yield most(f"{name}: median", statistics.median(spans), "ms", 150)
    yield most(f"{name}: p95", spans[int(len(spans) * 0.95)], "ms", 150)


def _timed(clerk: Clerk, question: Question, used: list[int]) -> float:
    begin = time.perf_counter()
    ask(clerk, question, used)
    return (time.perf_counter() - begin) * 1000
