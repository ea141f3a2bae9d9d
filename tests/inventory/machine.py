"""A machine that plays random stock documents against a model a child could check.

Rules are single steps of documents, so their orders mix: receipts, issues, losses, requisitions,
medical records in any order of versions, recalls, two people at once, and crashes in the middle of
a transaction. After each step every balance must be what the model says.

To add a rule: write a method with ``@rule`` that acts through ``self.stage.do`` and tells
``self.model`` what should have happened; the invariants need no change.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from protos import facts
from protos.common.list_pb2 import IdRequest
from protos.inventory import (
    disposal_pb2,
    final_issue_pb2,
    issue_pb2,
    item_pb2,
    loss_pb2,
    recall_pb2,
    receipt_pb2,
    red_pb2,
    requisition_pb2,
    warehouse_pb2,
)
from protos.inventory.bill_pb2 import ReturnRequest
from server.core.app import App
from server.core.call import Call, User
from server.core.errors import BusinessError, Invalid
from server.core.numbering import shanghai_date
from server.inventory.category import Category, place
from server.inventory.consumption import Use, consume
from server.inventory.issue import Issue
from server.inventory.ledger_tables import Account, Balance, Lot, Move
from server.inventory.reconcile import differences
from server.inventory.refusals import Insufficient

_W = warehouse_pb2.Warehouse
_TRIES = 3  # as the server does it for a transaction that gave way
Hire = Callable[[str, int], tuple[int, int]]  # name, department or 0 -> person, department


class Crash(Exception):
    """The process died before the commit."""


class Stage:
    """The real services on a real database, called as the server calls them, without a network."""

    def __init__(self, app: App, hire: Hire) -> None:
        self.app, self.hire = app, hire

    def do(self, user: User, path: str, request: Message, *, crash: bool = False) -> Any:
        """One RPC in one transaction; with ``crash`` it dies just before the commit."""
        service, name = path.rsplit(".", 1)
        method = facts.service(service).methods_by_name[name]
        if found := facts.faults(request):
            raise Invalid(*found)

        def work(call: Call) -> Any:
            return getattr(self.app.registry.by_name[service], name)(call, request)

        return self.run(user, method, work, crash=crash)

    def run(self, user: User, method: Any, work: Callable[[Call], Any], *, crash: bool) -> Any:
        """Work in one transaction, tried again where the database gave it up for another."""
        for attempt in range(_TRIES):
            try:
                with self.app.sessions.write() as db:
                    answer = work(Call(self.app, db, user, method, datetime.now(UTC)))
                    db.flush()
                    if crash:
                        raise Crash
                    return answer
            except OperationalError:
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")


@dataclass
class Model:
    """What should lie where: units by (place, lot), promised units, the lots' last days."""

    stock: dict[tuple[int, int], int] = field(default_factory=dict)
    promised: dict[tuple[int, int], int] = field(default_factory=dict)
    ends: dict[int, date] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)  # lot numbers
    recalled: set[int] = field(default_factory=set)

    def put(self, place: int, lot: int, units: int) -> None:
        """Units arrive, or leave if negative; never below nothing."""
        self.stock[place, lot] = self.stock.get((place, lot), 0) + units
        assert self.stock[place, lot] >= 0

    def promise(self, place: int, lot: int, units: int) -> None:
        """Units are promised, or given up if negative."""
        self.promised[place, lot] = self.promised.get((place, lot), 0) + units
        assert 0 <= self.promised[place, lot] <= self.stock.get((place, lot), 0)

    def free(self, place: int, lot: int) -> int:
        """What may leave."""
        return self.stock.get((place, lot), 0) - self.promised.get((place, lot), 0)

    def order(self, place: int, *, blocked_last: bool = False, all_lots: bool = False) -> list[int]:
        """The lots of a place as they must leave: by their last day, the earlier received first."""
        lots = sorted((lot for p, lot in self.stock if p == place), key=lambda x: (self.ends[x], x))
        good = lots if all_lots else [lot for lot in lots if lot not in self.recalled]
        return good + [lot for lot in lots if lot not in good] if blocked_last else good

    def pick(self, place: int, units: int, **order: bool) -> list[tuple[int, int]]:
        """Lots and units in turn; fewer units than wanted if there are no more."""
        found = []
        for lot in self.order(place, **order):
            part = min(units, self.free(place, lot))
            if part > 0:
                found.append((lot, part))
                units -= part
        return found


@dataclass
class Paper:
    """An issue the machine knows: where from and to, its lots, its version."""

    id: int
    version: int
    source: int
    target: int
    lots: list[tuple[int, int]]


@dataclass
class Record:
    """A medical record: the newest version, what it wants, what left for it in order."""

    version: int = 0
    wanted: int = 0
    went: list[list[int]] = field(default_factory=list)  # [place, lot, units]
    lost: bool = False  # the record says it was lost, not given


@dataclass
class Posted:
    """A bill that may be reversed in red: its number, and what of it lies where by lot."""

    number: str
    source: int
    target: int
    left: dict[int, int]  # units by lot


ISSUE, RECEIPT = "inventory.IssueService.", "inventory.ReceiptService."
STORE_LOSS, OUT = "inventory.StoreLossService.", "inventory.FinalIssueService."
RED, SCRAP = "inventory.RedService.", "inventory.DisposalService."
LOSS, ASK = "inventory.PersonalLossService.", "inventory.RequisitionService."
RECALL = "inventory.RecallService."
UNITS = st.integers(1, 12)


class StockMachine(RuleBasedStateMachine):
    """Plays; subclasses set ``stage`` and may read how many steps were checked in all plays."""

    stage: Stage
    steps: ClassVar[int] = 0
    drafts = Bundle("drafts")
    submitted = Bundle("submitted")
    approved = Bundle("approved")
    sent = Bundle("sent")
    asked = Bundle("asked")
    granted = Bundle("granted")
    recalls = Bundle("recalls")
    scraps = Bundle("scraps")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.records: dict[int, Record] = {}
        self.papers: dict[int, Paper] = {}
        self.posted: list[Posted] = []

    # The stage is set anew for each play: an item and three stores of its own. --------------

    @initialize()
    def open(self) -> None:
        """A centre, a station below it, a doctor's store below that."""
        self.keeper, office = self._hired("库管", 0)
        self.head, _ = self._hired("科长", office)
        self.finance, _ = self._hired("会计", office)
        self.office = office
        self.doctor, department = self._hired("医生", 0)
        with self.stage.app.sessions.write() as db:
            self.item = self._item(db)
        self.centre = self._store(_W.CENTER, office)
        self.station = self._store(_W.STATION, department, parent_id=self.centre)
        self.own = self._store(
            _W.PERSON, department, parent_id=self.station, owner_id=self.doctor.id
        )
        self.quarantine = self._store(_W.QUARANTINE, office, parent_id=self.centre)
        self.places = {self.centre, self.station, self.own, self.quarantine}
        self._receive(200, 4)
        self._supply(self.centre, self.station, 20)
        self._supply(self.station, self.own, 10)

    def _supply(self, source: int, goal: int, units: int) -> None:
        """Goods taken all the way from one store to the next."""
        paper: Any = self._draft(source, goal, units)
        for step in (self.submit, self.approve, self.post):
            paper = step(paper=paper)
        self.take_on(paper=paper, refused=0)

    def _hired(self, name: str, department: int) -> tuple[User, int]:
        person, department = self.stage.hire(name, department)
        may = self.stage.app.permissions
        return User(person, name, name, department, may, departments=None), department

    def _item(self, db: Session) -> int:
        now = datetime.now(UTC)
        category = db.scalars(select(Category)).first()
        if category is None:
            category = Category(code="YP", name="药品", created_at=now, updated_at=now)
            place(category, None)
            db.add(category)
            db.flush()
        item = item_pb2.Item(
            name=f"药{datetime.now(UTC).timestamp()}", spec="1ml", base_unit="支",
            kind=item_pb2.Item.DRUG, control=item_pb2.Item.ORDINARY, storage=item_pb2.Item.ROOM,
            lot_managed=True, expiry_managed=True, category_id=category.id,
            units=[item_pb2.ItemUnit(name="盒", factor=10)],
        )  # fmt: skip
        service = facts.service("inventory.ItemService").methods_by_name["Create"]
        call = Call(self.stage.app, db, self.keeper, service, now)
        return int(self.stage.app.registry.by_name["inventory.ItemService"].Create(call, item).id)

    def _store(self, kind: Any, department: int, **values: Any) -> int:
        stamp = str(datetime.now(UTC).timestamp()).replace(".", "")
        made = _W(
            code=f"K{stamp}", name=f"库{stamp}", kind=kind, department_id=department, **values
        )
        return int(self._do(self.keeper, "inventory.WarehouseService.Create", made).id)

    def _do(self, user: User, path: str, request: Message, **values: Any) -> Any:
        return self.stage.do(user, path, request, **values)

    # Receipts ---------------------------------------------------------------------------------

    def _receive(self, days: int, boxes: int) -> None:
        ends = shanghai_date(datetime.now(UTC)) + timedelta(days=days)
        line = receipt_pb2.ReceiptLine(
            item_id=self.item, lot_no=f"L{days}", expires_on=ends.isoformat(), unit="盒",
            quantity=boxes, price=3800,
        )  # fmt: skip
        made = self._do(self.keeper, RECEIPT + "Create", receipt_pb2.Receipt(
            kind=receipt_pb2.Receipt.OPENING, warehouse_id=self.centre, lines=[line],
            business_on=shanghai_date(datetime.now(UTC)).isoformat(), remark="期初",
        ))  # fmt: skip
        made = self._do(self.keeper, RECEIPT + "Submit", _named(made))
        made = self._do(self.head, RECEIPT + "Approve", _named(made))
        made = self._do(self.keeper, RECEIPT + "Post", _named(made))
        with self.stage.app.sessions.read() as db:
            lot = db.scalars(select(Lot).where(Lot.receipt_line_id == made.lines[0].id)).one()
        self.model.ends[lot.id], self.model.names[lot.id] = ends, lot.lot_no
        self.model.put(self.centre, lot.id, boxes * 10)
        self.posted.append(Posted(made.number, Account.OPENING, self.centre, {lot.id: boxes * 10}))

    @rule(days=st.integers(1, 300), boxes=st.integers(1, 3))
    def receive(self, days: int, boxes: int) -> None:
        """A lot comes into the centre; one lot number may come several times."""
        self._receive(days, boxes)

    # Issues -----------------------------------------------------------------------------------

    @rule(target=drafts, units=UNITS, down=st.sampled_from([0, 1, 2]))
    def draft(self, units: int, down: int) -> Paper:
        """An issue from a store to the one below it, or back up."""
        ways = [(self.centre, self.station), (self.station, self.own), (self.own, self.station)]
        source, goal = ways[down]
        return self._draft(source, goal, units)

    def _draft(self, source: int, goal: int, units: int) -> Paper:
        line = issue_pb2.IssueLine(item_id=self.item, quantity=units)
        made = self._do(self.keeper, ISSUE + "Create", issue_pb2.Issue(
            kind=issue_pb2.Issue.DIRECT, source_id=source, target_id=goal, lines=[line],
            business_on=shanghai_date(datetime.now(UTC)).isoformat(),
        ))  # fmt: skip
        return Paper(made.id, made.version, source, goal, [(0, units)])

    @rule(target=submitted, paper=consumes(drafts))
    def submit(self, paper: Paper) -> Any:
        """Lots are promised, first expired first, or the issue is refused for want of stock."""
        wanted = sum(units for _, units in paper.lots)
        expected = self.model.pick(paper.source, wanted)
        short = sum(units for _, units in expected) < wanted
        try:
            made = self._do(self.keeper, ISSUE + "Submit", _named(paper))
        except Insufficient:
            assert short
            return multiple()
        assert not short
        return self._promised(paper, made, expected)

    def _promised(self, paper: Paper, made: Any, expected: list[tuple[int, int]]) -> Paper:
        paper.version = made.version
        paper.lots = [(line.lot_id, line.base_quantity) for line in made.lines]
        assert paper.lots == expected
        for lot, units in paper.lots:
            self.model.promise(paper.source, lot, units)
        self.papers[paper.id] = paper
        return paper

    def _back(self, paper: Paper) -> None:
        for lot, units in paper.lots:
            self.model.promise(paper.source, lot, -units)
        del self.papers[paper.id]

    def _gone_back(self, paper: Paper) -> bool:
        """Whether a recall has sent the issue back meanwhile."""
        return paper.id not in self.papers

    def _judge(self, paper: Paper) -> User:
        """Who decides over an issue: its owner alone of what leaves a personal store."""
        return self.doctor if paper.source == self.own else self.head

    @rule(target=approved, paper=consumes(submitted))
    def approve(self, paper: Paper) -> Any:
        """Somebody else approves."""
        if self._gone_back(paper):
            return multiple()
        paper.version = self._do(self._judge(paper), ISSUE + "Approve", _named(paper)).version
        return paper

    @rule(paper=consumes(submitted), way=st.sampled_from(["Reject", "Withdraw"]))
    def send_back(self, paper: Paper, way: str) -> None:
        """A submitted issue gives its lots up."""
        if self._gone_back(paper):
            return
        if way == "Reject":
            self._do(self._judge(paper), ISSUE + way, _because(paper))
        else:
            self._do(self.keeper, ISSUE + way, _named(paper))
        self._back(paper)

    @rule(paper=consumes(approved))
    def void(self, paper: Paper) -> None:
        """An approved issue is given up."""
        if not self._gone_back(paper):
            self._do(self.keeper, ISSUE + "Void", _because(paper))
            self._back(paper)

    @rule(target=sent, paper=consumes(approved))
    def post(self, paper: Paper) -> Any:
        """Goods leave into transit; a second time nothing leaves."""
        if self._gone_back(paper):
            return multiple()
        before = _named(paper)
        paper.version = self._do(self.keeper, ISSUE + "Post", before).version
        self._back(paper)
        for lot, units in paper.lots:
            self.model.put(paper.source, lot, -units)
            self.model.put(Account.TRANSIT, lot, units)
        self._refused(lambda: self._do(self.keeper, ISSUE + "Post", before))
        return paper

    @rule(paper=consumes(sent), refused=st.integers(0, 2))
    def take_on(self, paper: Paper, refused: int) -> None:
        """The receiver takes on what is good; the rest goes back."""
        lot, units = paper.lots[0]
        refused = min(refused, units)
        if refused:
            request = issue_pb2.ReceivePartRequest(id=paper.id, version=paper.version)
            request.refusals.add(row=1, quantity=refused, reason="破损")
            self._do(self.doctor, ISSUE + "ReceivePart", request)
        else:
            self._do(self.doctor, ISSUE + "Receive", _named(paper))
        kept: dict[int, int] = {}
        for at, (lot, units) in enumerate(paper.lots):
            back = refused if at == 0 else 0
            if units > back:
                kept[lot] = kept.get(lot, 0) + units - back
            self.model.put(Account.TRANSIT, lot, -units)
            self.model.put(paper.target, lot, units - back)
            self.model.put(paper.source, lot, back)
        if kept:
            number = self._do(self.keeper, ISSUE + "Get", IdRequest(id=paper.id)).number
            self.posted.append(Posted(number, paper.source, paper.target, kept))

    def _refused(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except BusinessError:
            return
        raise AssertionError("done twice")

    # Two at once, and crashes -------------------------------------------------------------------

    @rule(target=submitted, first=UNITS, second=UNITS)
    def race(self, first: int, second: int) -> Any:
        """Two clerks submit issues for the same lots at the same moment."""
        papers = [self._draft(self.centre, self.station, units) for units in (first, second)]
        free = sum(units for _, units in self.model.pick(self.centre, 10**6))

        def run(paper: Paper) -> Any:
            try:
                return self._do(self.keeper, ISSUE + "Submit", _named(paper))
            except Insufficient:
                return None

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(run, papers))
        won = [(p, a) for p, a in zip(papers, answers, strict=True) if a is not None]
        total = sum(sum(u for _, u in p.lots) for p, _ in won)
        assert total <= free
        for paper, answer in zip(papers, answers, strict=True):
            assert answer is not None or total + sum(u for _, u in paper.lots) > free
        for paper, made in won:
            paper.version = made.version
            paper.lots = [(line.lot_id, line.base_quantity) for line in made.lines]
            for lot, units in paper.lots:
                self.model.promise(paper.source, lot, units)
            self.papers[paper.id] = paper
        return multiple(*(paper for paper, _ in won))

    @rule(paper=drafts, step=st.sampled_from(["Submit"]))
    def crash(self, paper: Paper, step: str) -> None:
        """The process dies before the commit: nothing has happened."""
        try:
            self._do(self.keeper, ISSUE + step, _named(paper), crash=True)
        except (Crash, Insufficient):
            return
        raise AssertionError("it did not crash")

    @rule(paper=approved)
    def crash_posting(self, paper: Paper) -> None:
        """The process dies while goods leave: they have not left."""
        if self._gone_back(paper):
            return
        try:
            self._do(self.keeper, ISSUE + "Post", _named(paper), crash=True)
        except Crash:
            return
        raise AssertionError("it did not crash")

    # Patients -----------------------------------------------------------------------------------

    @rule(emr=st.integers(1, 2), wanted=st.integers(0, 9), lost=st.booleans())
    def treat(self, emr: int, wanted: int, lost: bool) -> None:
        """A medical record, new or amended, says so many were used, or lost."""
        record = self.records.setdefault(emr, Record())
        record.version += 1
        answer = self._consume(emr, record.version, wanted, lost=lost)
        if record.lost != lost:
            self._treated(record, 0)  # what was given becomes lost, or the other way round
            record.lost = lost
        self._treated(record, wanted)
        issued = sum(line.issued for line in answer.lines)
        assert issued == sum(units for _, _, units in record.went)

    @precondition(lambda self: any(r.version > 1 for r in self.records.values()))
    @rule(wanted=st.integers(0, 9))
    def treat_late(self, wanted: int) -> None:
        """An older version of a record arrives after a newer one: nothing changes."""
        emr, record = next((n, r) for n, r in self.records.items() if r.version > 1)
        self._consume(emr, record.version - 1, wanted)

    def _consume(self, emr: int, version: int, wanted: int, *, lost: bool = False) -> Any:
        method = facts.service("inventory.ConsumptionService").methods_by_name["List"]
        uses = [Use(self.item, wanted, datetime.now(UTC), lost=lost)] if wanted else []
        key = self.item % 10**9 * 10 + emr

        def work(call: Call) -> Any:
            return consume(
                call, doctor_id=self.doctor.id, task_id=1, emr_id=key, lines=uses,
                emr_version=version,
            )  # fmt: skip

        return self.stage.run(self.doctor, method, work, crash=False)

    def _treated(self, record: Record, wanted: int) -> None:
        record.wanted = wanted
        account = Account.LOSS if record.lost else Account.PATIENT
        surplus = sum(units for _, _, units in record.went) - wanted
        while surplus > 0:
            place, lot, units = record.went[-1]
            part = min(surplus, units)
            self.model.put(place, lot, part)
            self.model.put(account, lot, -part)
            record.went[-1][2] -= part
            if not record.went[-1][2]:
                record.went.pop()
            surplus -= part
        for place in (self.own, self.station):
            missing = wanted - sum(units for _, _, units in record.went)
            for lot, units in self.model.pick(place, missing, blocked_last=True):
                self.model.put(place, lot, -units)
                self.model.put(account, lot, units)
                record.went.append([place, lot, units])

    @rule(units=UNITS)
    def lose(self, units: int) -> None:
        """The doctor breaks some out of his store, whatever their state."""
        picks = self.model.pick(self.own, units, all_lots=True)
        short = sum(part for _, part in picks) < units
        line = loss_pb2.LossLine(item_id=self.item, quantity=units, reason="broken")
        made = self._do(self.doctor, LOSS + "Create", loss_pb2.Loss(
            business_on=shanghai_date(datetime.now(UTC)).isoformat(), lines=[line]
        ))  # fmt: skip
        try:
            made = self._do(self.doctor, LOSS + "Submit", _named(made))
        except Insufficient:
            assert short
            return
        assert not short
        self._do(self.head, LOSS + "Approve", _named(made))
        for lot, part in picks:
            self.model.put(self.own, lot, -part)
            self.model.put(Account.LOSS, lot, part)

    @rule(units=UNITS, given=st.booleans())
    def leave(self, units: int, given: bool) -> None:
        """The centre writes some off as broken, or hands some out to a department."""
        picks = self.model.pick(self.centre, units, all_lots=not given)
        short = sum(part for _, part in picks) < units
        try:
            made = self._handed_out(units) if given else self._written_off(units)
        except Insufficient:
            assert short
            return
        assert not short
        for lot, part in picks:
            self.model.put(self.centre, lot, -part)
            self.model.put(Account.LOSS, lot, part)
        self.posted.append(Posted(made.number, self.centre, Account.LOSS, dict(picks)))

    def _written_off(self, units: int) -> Any:
        line = loss_pb2.LossLine(item_id=self.item, quantity=units, reason="broken")
        made = self._do(self.keeper, STORE_LOSS + "Create", loss_pb2.Loss(
            warehouse_id=self.centre, business_on=_today(), lines=[line]
        ))  # fmt: skip
        made = self._do(self.keeper, STORE_LOSS + "Submit", _named(made))
        return self._do(self.head, STORE_LOSS + "Approve", _named(made))

    def _handed_out(self, units: int) -> Any:
        line = final_issue_pb2.FinalIssueLine(item_id=self.item, quantity=units)
        made = self._do(self.keeper, OUT + "Create", final_issue_pb2.FinalIssue(
            kind=final_issue_pb2.FinalIssue.DEPARTMENT, warehouse_id=self.centre, lines=[line],
            department_id=self.office, taker="试验", purpose="试验", business_on=_today(),
        ))  # fmt: skip
        made = self._do(self.keeper, OUT + "Submit", _named(made))
        made = self._do(self.head, OUT + "Approve", _named(made))
        return self._do(self.keeper, OUT + "Post", _named(made))

    # Red reversals ------------------------------------------------------------------------------

    @precondition(lambda self: self.posted)
    @rule(at=st.integers(0, 50), units=UNITS)
    def reverse(self, at: int, units: int) -> None:
        """A part of one lot of a posted bill goes back, if it still lies where the bill put it."""
        bill = self.posted[at % len(self.posted)]
        lot, left = next(iter(bill.left.items()))
        units = min(units, left)
        red = self._do(self.keeper, RED + "Create", red_pb2.Red(
            original_no=bill.number, business_on=_today(), reason="twice"
        ))  # fmt: skip
        assert sum(line.quantity for line in red.lines) == sum(bill.left.values())
        line = next(line for line in red.lines if self._lot_of(line) == lot)
        assert line.left <= left
        units = line.quantity = min(units, line.left)
        del red.lines[:]
        red.lines.append(line)
        red = self._do(self.keeper, RED + "Update", red)
        within = bill.target in self.places
        try:
            red = self._do(self.keeper, RED + "Submit", _named(red))
        except Insufficient:
            assert within
            assert self.model.free(bill.target, lot) < units
            return
        assert not within or self.model.free(bill.target, lot) >= units
        self._do(self.finance, RED + "Approve", _named(
            self._do(self.head, RED + "Approve", _named(red))
        ))  # fmt: skip
        self._reversed(bill, lot, units)

    def _lot_of(self, line: Any) -> int:
        with self.stage.app.sessions.read() as db:
            return db.get_one(Move, line.move_id).lot_id

    def _reversed(self, bill: Posted, lot: int, units: int) -> None:
        if bill.target in self.places:
            self.model.put(bill.target, lot, -units)
        else:
            self.model.put(Account.LOSS, lot, -units)
        if bill.source in self.places:
            self.model.put(bill.source, lot, units)
        bill.left[lot] -= units
        bill.left = {key: rest for key, rest in bill.left.items() if rest}
        if not bill.left:
            self.posted.remove(bill)

    # Disposals ----------------------------------------------------------------------------------

    @rule(target=scraps, units=UNITS)
    def doom(self, units: int) -> Any:
        """What is to be destroyed goes into quarantine at once and is promised there."""
        picks = self.model.pick(self.centre, units, all_lots=True)
        short = sum(part for _, part in picks) < units
        line = disposal_pb2.DisposalLine(item_id=self.item, quantity=units)
        made = self._do(self.keeper, SCRAP + "Create", disposal_pb2.Disposal(
            warehouse_id=self.centre, cause=disposal_pb2.Disposal.SPOILED, lines=[line],
            business_on=_today(),
        ))  # fmt: skip
        try:
            made = self._do(self.keeper, SCRAP + "Submit", _named(made))
        except Insufficient:
            assert short
            return multiple()
        assert not short
        for lot, part in picks:
            self.model.put(self.centre, lot, -part)
            self.model.put(self.quarantine, lot, part)
            self.model.promise(self.quarantine, lot, part)
        return Paper(made.id, made.version, self.centre, self.quarantine, picks)

    @rule(paper=consumes(scraps), end=st.sampled_from(["Withdraw", "Reject", "Execute"]))
    def end(self, paper: Paper, end: str) -> None:
        """It is destroyed before two witnesses, or it goes back where it came from."""
        if end == "Withdraw":
            self._do(self.keeper, SCRAP + end, _named(paper))
        elif end == "Reject":
            self._do(self.head, SCRAP + end, _because(paper))
        else:
            made = self._do(self.head, SCRAP + "Approve", _named(paper))
            self._do(self.keeper, SCRAP + end, disposal_pb2.ExecuteRequest(
                id=made.id, version=made.version, method=disposal_pb2.Disposal.CRUSHED,
                place="试验", witness_id=self.doctor.id, second_witness_id=self.head.id,
            ))  # fmt: skip
        for lot, units in paper.lots:
            self.model.promise(self.quarantine, lot, -units)
            self.model.put(self.quarantine, lot, -units)
            if end != "Execute":
                self.model.put(self.centre, lot, units)

    # Requisitions -------------------------------------------------------------------------------

    @rule(target=granted, units=UNITS, given=st.integers(1, 12))
    def ask(self, units: int, given: int) -> Any:
        """The station asks the centre, which grants some and cuts the rest."""
        line = requisition_pb2.RequisitionLine(item_id=self.item, quantity=units)
        made = self._do(self.doctor, ASK + "Create", requisition_pb2.Requisition(
            warehouse_id=self.station, source_id=self.centre, lines=[line],
            business_on=shanghai_date(datetime.now(UTC)).isoformat(),
        ))  # fmt: skip
        made = self._do(self.doctor, ASK + "Submit", _named(made))
        path = "inventory.CenterApprovalService."
        seen = self._do(self.head, path + "Get", IdRequest(id=made.id))
        seen.lines[0].granted = min(given, units)
        seen.lines[0].cut_reason = "核减" if given < units else ""
        seen = self._do(self.head, path + "Update", seen)
        self._do(self.head, path + "Approve", _named(seen))
        return (made.id, min(given, units))

    @rule(target=approved, asked=consumes(granted))
    def prepare(self, asked: tuple[int, int]) -> Any:
        """The centre makes an issue of what it has of what it granted."""
        picks = self.model.pick(self.centre, asked[1])
        seen = self._do(self.keeper, ASK + "Get", IdRequest(id=asked[0]))
        try:
            self._do(self.keeper, ASK + "Prepare", _named(seen))
        except BusinessError:
            assert not picks
            return multiple()
        with self.stage.app.sessions.read() as db:
            issue = db.scalars(select(Issue).where(Issue.requisition_id == asked[0])).one()
            paper = Paper(issue.id, issue.version, self.centre, self.station, [])
            paper.lots = [(line.lot_id or 0, line.base_quantity) for line in issue.lines]
        assert paper.lots == picks
        for lot, units in paper.lots:
            self.model.promise(self.centre, lot, units)
        self.papers[paper.id] = paper
        return paper

    # Recalls ------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.model.recalled) < 2 and len(self.model.ends) > 1)
    @rule(target=recalls, at=st.integers(0, 20))
    def recall(self, at: int) -> Any:
        """A lot number is stopped everywhere; waiting issues with it go back."""
        names = sorted(set(self.model.names.values()))
        lot_no = names[at % len(names)]
        lots = {lot for lot, name in self.model.names.items() if name == lot_no}
        if lots & self.model.recalled:
            return multiple()
        made = self._do(self.head, RECALL + "Create", recall_pb2.Recall(
            item_id=self.item, lot_nos=lot_no, grade=recall_pb2.Recall.GRADE_1,
            origin=recall_pb2.Recall.SELF, reason="试验", quarantine_id=self.quarantine,
        ))  # fmt: skip
        self._do(self.head, RECALL + "Start", _named(made))
        self.model.recalled |= lots
        for paper in list(self.papers.values()):
            if lots & {lot for lot, _ in paper.lots}:
                self._back(paper)
        return (made.id, frozenset(lots))

    @rule(recall=consumes(recalls))
    def revoke(self, recall: tuple[int, frozenset[int]]) -> None:
        """The lots may be used again."""
        seen = self._do(self.head, RECALL + "Get", IdRequest(id=recall[0]))
        (lot, *_) = seen.lots
        assert lot.gap == 0
        self._do(self.head, RECALL + "Revoke", _because(seen))
        self.model.recalled -= recall[1]

    # What must hold after every step ------------------------------------------------------------

    @invariant()
    def balances_are_what_the_model_says(self) -> None:
        """Every balance of the item, units and promises; both ends of transit."""
        type(self).steps += 1
        if not self.model.ends:
            return
        with self.stage.app.sessions.read() as db:
            chosen = select(
                Balance.warehouse_id, Balance.lot_id, Balance.quantity, Balance.reserved
            )
            mine = or_(Balance.item_id == self.item, Balance.warehouse_id.in_(self.places))
            kept = {(row[0], row[1]): (row[2], row[3]) for row in db.execute(chosen.where(mine))}
        for key in set(kept) | {k for k in self.model.stock if k[0] in self._balanced()}:
            should = (self.model.stock.get(key, 0), self.model.promised.get(key, 0))
            assert kept.get(key, (0, 0)) == should, key

    def _balanced(self) -> set[int]:
        return {*self.places, Account.TRANSIT}

    def teardown(self) -> None:
        """At the end of a play everything adds up: ledger, promises, codes, requisitions."""
        with self.stage.app.sessions.write() as db:
            assert differences(db) == []


def _today() -> str:
    return shanghai_date(datetime.now(UTC)).isoformat()


def _named(record: Any) -> IdRequest:
    return IdRequest(id=record.id, version=record.version)


def _because(record: Any) -> ReturnRequest:
    return ReturnRequest(id=record.id, version=record.version, reason="试验")
