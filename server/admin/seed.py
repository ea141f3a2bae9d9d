"""Demo people: departments, roles and staff, each with a job to do on the demo day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fnmatch import fnmatch

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.sm2 import PublicKey
from protos.admin import department_pb2, deputy_pb2, person_pb2, role_pb2
from server.admin.department import Department
from server.admin.deputy import Deputy
from server.admin.person import Grant, Licence, Person, check_licences
from server.admin.role import Role
from server.admin.seed_acting import acting
from server.core.codes import codes
from server.core.numbering import document_number, shanghai_date
from server.core.pki import Pki

_D = department_pb2.Department
_R = role_pb2.Role
_P = person_pb2.Person

DEPARTMENTS = (
    # code, name, kind, parent
    ("ZX", "上海市医疗急救中心", _D.CENTER, ""),
    ("FZX1", "东区分中心", _D.SUB_CENTER, "ZX"),
    ("FZ101", "浦东分站", _D.STATION, "FZX1"),
    ("FZ102", "陆家嘴分站", _D.STATION, "FZX1"),
    ("CK", "物资科", _D.OFFICE, "ZX"),
    ("CW", "财务科", _D.OFFICE, "ZX"),
    ("DD", "调度科", _D.OFFICE, "ZX"),
    ("CG", "车管科", _D.OFFICE, "ZX"),
    ("XX", "信息科", _D.OFFICE, "ZX"),
    ("ZK", "质控科", _D.OFFICE, "ZX"),
)

_SEE = ("admin.department.read",)
_STOCK = ("inventory.stock.read", "inventory.item.read", "inventory.category.read",
          "inventory.trace_code.read")  # fmt: skip
_WITNESS = "inventory.witness.confirm"
_BILLS = (_WITNESS, "inventory.receipt.read", "inventory.receipt.write", "inventory.receipt.post",
          "inventory.issue.read", "inventory.issue.write", "inventory.issue.post",
          "inventory.issue.receive", "inventory.issue_return.read",
          "inventory.issue_return.receive", "inventory.stock_level.read",
          "inventory.expiry.*", "inventory.recall_notice.*", "inventory.ledger.read",
          "inventory.warehouse.read", "inventory.supplier.read")  # fmt: skip
_ASKS_BACK = ("inventory.red_issue.read", "inventory.red_issue.write", "inventory.disposal.read",
              "inventory.disposal.write")  # fmt: skip
_DECIDES_BACK = ("inventory.red_issue.read", "inventory.red_issue.approve",
                 "inventory.disposal.read", "inventory.disposal.approve")  # fmt: skip
# The keeper of the centre works, the head of the office decides: one column of the matrix of
# rights in two hands, so that nobody approves what he made.
ROLES = (
    # code, name, kind, scope, permission patterns
    ("keeper", "中心库管员", _R.BUSINESS, _R.ALL,
     ("inventory.*", "!*.approve", "!inventory.personal*", "!inventory.count.incident",
      "!inventory.count.count", "!inventory.recall.start", "!inventory.recall.close",
      "!inventory.recall.write", "!inventory.recall_patient.*", "!inventory.requisition.write",
      "!inventory.box_platform.*", *_SEE)),
    ("stock_head", "物资科长", _R.BUSINESS, _R.ALL,
     ("inventory.*.read", _WITNESS, "inventory.receipt.approve", "inventory.issue.approve",
      "inventory.requisition_center.approve", "inventory.price_adjustment.approve",
      "inventory.supplier_return.approve", "inventory.box_request.approve",
      "inventory.box_request_red.approve", "inventory.period.close", *_DECIDES_BACK,
      "!inventory.personal*", "!inventory.recall_patient.*",
      "admin.deputy.*", "admin.person.read", *_SEE)),
    ("sub_keeper", "分中心库管员", _R.BUSINESS, _R.DEPARTMENT,
     (*_STOCK, *_BILLS, *_DECIDES_BACK, "inventory.requisition.read",
      "inventory.requisition_sub_center.*", "inventory.personal_loss.read",
      "inventory.loss.approve", "inventory.loss_record.read", "inventory.count.read",
      "inventory.empties.read", "inventory.consumption.read")),
    ("station_keeper", "分站库管员", _R.BUSINESS, _R.DEPARTMENT,
     (*_STOCK, *_BILLS, *_ASKS_BACK, "inventory.count.count", "inventory.box.*",
      "inventory.box_request.read", "inventory.empties.read", "inventory.empties.receive")),
    ("pharmacist", "药师", _R.BUSINESS, _R.ALL,
     (*_STOCK, _WITNESS, "inventory.disposal.read",
      "inventory.receipt.read", "inventory.receipt.approve",
      "inventory.controlled.approve", "inventory.requisition.read",
      "inventory.requisition_center.*", "inventory.personal_loss.read", "inventory.loss.approve",
      "inventory.loss_record.read", "inventory.register.read", "inventory.empties.read",
      "inventory.expiry.read", "inventory.recall.read", "inventory.recall.write",
      "inventory.recall.start", "inventory.recall_notice.read", "inventory.recall_patient.*",
      "inventory.count.incident", "inventory.count.read", "inventory.role_item.read")),
    ("quality", "质控员", _R.BUSINESS, _R.ALL,
     (*_STOCK, _WITNESS, "inventory.ledger.read", "inventory.personal_loss.read",
      "inventory.loss_record.read", "inventory.consumption.read", "inventory.register.read",
      "inventory.empties.read", "inventory.expiry.read", "inventory.self_check.read",
      "inventory.recall.read", "inventory.recall.write", "inventory.recall.start",
      "inventory.recall.close", "inventory.recall_notice.read", "inventory.recall_patient.*")),
    ("counter", "盘点员", _R.BUSINESS, _R.ALL, ("inventory.count.count", "inventory.item.read")),
    ("doctor", "急救医生", _R.BUSINESS, _R.DEPARTMENT,
     ("emr.*", "dispatch.*.read", "inventory.personal*", "inventory.item.read",
      _WITNESS, "inventory.issue.read", "inventory.issue.receive",
      "inventory.consumption.read", "inventory.issue_return.read", "inventory.issue_return.write",
      "inventory.count.count", "inventory.bound_item.read", "inventory.requisition.*",
      "inventory.recall_notice.*", "inventory.trace_code.read", "inventory.empties.read",
      "inventory.empties.write", "!emr.*.review*")),
    ("station_head", "分站长", _R.BUSINESS, _R.DEPARTMENT,
     (*_STOCK, *_ASKS_BACK, _WITNESS, "inventory.requisition.*",
      "inventory.requisition_station.*", "inventory.issue.*", "inventory.consumption.*",
      "inventory.personal_loss.read",
      "inventory.loss.approve", "inventory.loss_record.read", "inventory.count.read",
      "inventory.recall_notice.*", "inventory.box.*", "inventory.box_request.*",
      "inventory.empties.*", "dispatch.*.read", "!inventory.issue.approve")),
    ("driver", "驾驶员", _R.BUSINESS, _R.SELF,
     ("vehicles.daily*", "vehicles.vehicle.read", "dispatch.*.read", "!*.approve", "!*.correct")),
    ("fleet", "车管员", _R.BUSINESS, _R.ALL, ("vehicles.*", *_SEE)),
    ("cashier", "收费员", _R.BUSINESS, _R.ALL,
     ("finance.*", "dispatch.*.read", "!finance.*.approve", "!finance.price.write")),
    ("finance_head", "财务科长", _R.BUSINESS, _R.ALL,
     ("finance.*", "dispatch.*.read", "admin.deputy.*", "admin.person.read", *_STOCK,
      *_DECIDES_BACK, "inventory.receipt.read", "inventory.issue.read", "inventory.ledger.read",
      "inventory.period.*", "inventory.supplier_return.read", "inventory.supplier_return.approve",
      "inventory.personal_loss.read", "inventory.loss_record.read", "inventory.count.read",
      "inventory.count.approve", "inventory.price_adjustment.read")),
    ("dispatcher", "调度员", _R.BUSINESS, _R.ALL, ("dispatch.*",)),
    ("system", "系统管理员", _R.SYSTEM, _R.ALL,
     ("admin.person.read", "admin.person.write", "admin.person.key", "admin.department.*",
      "inventory.role_item.*", "inventory.warehouse.*")),
    ("security", "安全管理员", _R.SECURITY, _R.ALL,
     ("admin.role.*", "admin.person.read", "admin.person.grant", "admin.permission.read",
      "admin.login.*", "admin.deputy.*", "admin.approval.*", *_SEE)),
    ("audit", "审计管理员", _R.AUDIT, _R.ALL,
     ("admin.audit.*", "admin.login.read", "admin.printout.read")),
)  # fmt: skip

PEOPLE = (
    # staff no, name, kind, department, role
    ("KG001", "李库管", _P.LOGISTICS, "CK", "keeper"),
    ("KG002", "王主任", _P.ADMINISTRATION, "CK", "stock_head"),
    ("YS001", "陈医生", _P.DOCTOR, "FZ101", "doctor"),
    ("HS001", "赵护士", _P.NURSE, "FZ101", "doctor"),
    ("ZZ001", "刘站长", _P.DOCTOR, "FZ101", "station_head"),
    ("FK001", "杨分库", _P.LOGISTICS, "FZX1", "sub_keeper"),
    ("ZK001", "朱站库", _P.LOGISTICS, "FZ101", "station_keeper"),
    ("YJ001", "沈药师", _P.ADMINISTRATION, "CK", "pharmacist"),
    ("ZL001", "韩质控", _P.ADMINISTRATION, "ZK", "quality"),
    ("SJ001", "孙师傅", _P.DRIVER, "FZ101", "driver"),
    ("CG001", "钱车管", _P.LOGISTICS, "CG", "fleet"),
    ("DD001", "周调度", _P.DISPATCHER, "DD", "dispatcher"),
    ("SF001", "吴收费", _P.ADMINISTRATION, "CW", "cashier"),
    ("CW001", "郑会计", _P.ADMINISTRATION, "CW", "finance_head"),
    ("XT001", "冯系统", _P.ADMINISTRATION, "XX", "system"),
    ("AQ001", "褚安全", _P.ADMINISTRATION, "XX", "security"),
    ("SJ900", "卫审计", _P.ADMINISTRATION, "XX", "audit"),
)

ABOUT = {
    # staff no: post, title, phone, entered on, shift group
    "KG001": ("库管员", "", "13900001001", date(2015, 7, 1), ""),
    "KG002": ("物资科科长", "主管药师", "13900001002", date(2008, 3, 17), ""),
    "YS001": ("急救医师", "主治医师", "13900001003", date(2014, 8, 4), "A班"),
    "HS001": ("急救护士", "护师", "13900001004", date(2018, 7, 2), "A班"),
    "ZZ001": ("分站站长", "副主任医师", "13900001013", date(2006, 7, 10), ""),
    "FK001": ("分中心库管员", "", "13900001014", date(2016, 4, 11), ""),
    "ZK001": ("分站库管员", "", "13900001015", date(2019, 9, 2), ""),
    "YJ001": ("药师", "主管药师", "13900001016", date(2011, 8, 15), ""),
    "ZL001": ("质控员", "主治医师", "13900001017", date(2012, 3, 19), ""),
    "SJ001": ("救护车驾驶员", "", "13900001005", date(2012, 5, 21), "A班"),
    "CG001": ("车管员", "", "13900001006", date(2016, 9, 5), ""),
    "DD001": ("调度员", "", "13900001007", date(2017, 4, 10), "B班"),
    "SF001": ("收费员", "", "13900001008", date(2019, 11, 18), ""),
    "CW001": ("财务科科长", "会计师", "13900001009", date(2010, 1, 11), ""),
    "XT001": ("系统管理员", "工程师", "13900001010", date(2013, 6, 3), ""),
    "AQ001": ("安全管理员", "工程师", "13900001011", date(2014, 2, 24), ""),
    "SJ900": ("审计管理员", "", "13900001012", date(2011, 10, 8), ""),
}
LICENCES = (
    # staff no, kind, number, issued on, days until it ends (0 = for good)
    ("YS001", person_pb2.Licence.DOCTOR_QUALIFICATION, "20133101011000123", date(2013, 12, 2), 0),
    ("YS001", person_pb2.Licence.DOCTOR_PRACTICE, "110310000014567", date(2014, 9, 1), 0),
    ("YS001", person_pb2.Licence.FIRST_AID, "SHJJ20240315", date(2024, 3, 15), 480),
    ("HS001", person_pb2.Licence.NURSE_PRACTICE, "201831008899", date(2018, 7, 30), 45),
    ("SJ001", person_pb2.Licence.FIRST_AID, "SHJJ20230611", date(2023, 6, 11), 200),
)

DEPUTIES = (
    # principal, deputy, first day counted from today, days, reason, why it was ended
    ("KG002", "ZZ001", -28, 5, "年度培训", ""),
    ("CW001", "KG002", -20, 10, "外出审计", "提前返岗"),
    ("KG002", "ZZ001", 21, 5, "年休假", ""),
)


def seed(db: Session, now: datetime, permissions: Iterable[str]) -> dict[str, int]:
    """Write what is missing; answers the ids of the people by staff number."""
    known = {p.staff_no: p.id for p in db.scalars(select(Person))}
    if PEOPLE[0][0] in known:
        return known
    departments = _departments(db, now)
    known_codes = sorted(permissions)
    roles = {row[0]: preset(now, known_codes, *row) for row in ROLES}
    db.add_all(roles.values())
    people = [_person(now, departments, roles, *row) for row in PEOPLE]
    for person in people:
        _describe(person, now)
    db.add_all(people)
    db.flush()
    made = {person.staff_no: person.id for person in people}
    _deputies(db, now, made)
    return made


def _deputies(db: Session, now: datetime, people: dict[str, int]) -> None:
    """Appointments that are over or still to come, so that today everybody acts for himself."""
    for principal, deputy, first, days, reason, ended in DEPUTIES:
        arranged = acting(db, now - timedelta(days=30), people[principal])
        start = shanghai_date(now + timedelta(days=first))
        db.add(
            Deputy(
                number=document_number(arranged, "DL"), principal_id=people[principal],
                deputy_id=people[deputy], from_on=start,
                until_on=start + timedelta(days=days - 1), reason=reason, ended_reason=ended,
                state=deputy_pb2.Deputy.ENDED if ended else deputy_pb2.Deputy.ACTIVE,
                created_at=arranged.now, created_by=people[principal], updated_at=arranged.now,
            )
        )  # fmt: skip
    db.flush()


def expand(patterns: Iterable[str], permissions: Iterable[str]) -> list[str]:
    """The permissions that match a pattern and no pattern beginning with an exclamation mark."""
    wanted = [p for p in patterns if not p.startswith("!")]
    barred = [p[1:] for p in patterns if p.startswith("!")]
    return [
        code
        for code in permissions
        if any(fnmatch(code, p) for p in wanted) and not any(fnmatch(code, p) for p in barred)
    ]


def bind_key(db: Session, pki: Pki, staff_no: str, public_key: PublicKey) -> bytes:
    """Issue a certificate for the key in a person's UKEY and bind it; answers its DER."""
    person = db.scalars(select(Person).where(Person.staff_no == staff_no)).one()
    certificate = pki.issue_for(public_key, staff_no, person.name)
    person.certificate = certificate.der
    person.certificate_serial = f"{certificate.serial:x}"
    return certificate.der


def _departments(db: Session, now: datetime) -> dict[str, Department]:
    made: dict[str, Department] = {}
    for sort, (code, name, kind, parent) in enumerate(DEPARTMENTS, 1):
        above = made.get(parent)
        node = Department(
            code=code, name=name, kind=kind, sort=sort, created_at=now, updated_at=now,
            parent_id=above.id if above else None, codes=codes(name, code),
        )  # fmt: skip
        node.path = f"{above.path if above else '/'}{node.id}/"
        db.add(node)
        db.flush()
        made[code] = node
    return made


def preset(
    now: datetime,
    permissions: list[str],
    code: str,
    name: str,
    kind: int,
    scope: int,
    patterns: tuple[str, ...],
) -> Role:
    """A role of the list above, with the permissions its patterns name."""
    role = Role(
        code=code, name=name, kind=kind, scope=scope, state=_R.ACTIVE,
        permissions=expand(patterns, permissions), created_at=now, updated_at=now,
    )  # fmt: skip
    role.seal()
    return role


def _person(
    now: datetime,
    departments: dict[str, Department],
    roles: dict[str, Role],
    staff_no: str,
    name: str,
    kind: int,
    department: str,
    role: str,
) -> Person:
    person = Person(
        staff_no=staff_no, name=name, kind=kind, department_id=departments[department].id,
        codes=codes(name, staff_no), created_at=now, updated_at=now,
    )  # fmt: skip
    grant = Grant(role_id=roles[role].id)
    grant.seal(person.id)
    person.grants = [grant]
    return person


def _describe(person: Person, now: datetime) -> None:
    """Post, phone and licences of a demo person."""
    today = shanghai_date(now)
    person.post, person.title, person.phone, person.entered_on, person.shift_group = ABOUT[
        person.staff_no
    ]
    person.licences = [
        Licence(
            position=at, kind=kind, number=number, issued_on=issued_on,
            expires_on=today + timedelta(days=days) if days else None,
            issuer="上海市卫生健康委员会",
        )
        for at, (staff_no, kind, number, issued_on, days) in enumerate(LICENCES, 1)
        if staff_no == person.staff_no
    ]  # fmt: skip
    if person.kind == _P.DRIVER:
        person.driving_class, person.driving_expires_on = _P.B1, today + timedelta(days=900)
    check_licences(person, today)
