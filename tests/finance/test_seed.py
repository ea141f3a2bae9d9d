"""The demo data: worth looking at, and as right as real data."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from protos.finance import charge_pb2
from server.admin import seed as admin
from server.core.registry import Registry
from server.core.run import Running
from server.finance import seed, summing
from server.finance.bill import Charge
from server.finance.day_sheet import DaySheet
from server.finance.invoice import Invoice
from server.finance.payment import Payment
from server.finance.price import in_force
from server.inventory import seed as inventory
from server.services import SERVICES


def fill(db: Session) -> None:
    now = datetime.now(UTC)
    people = admin.seed(db, now, Registry(SERVICES).permissions())
    inventory.seed(db, now, people)
    seed.seed(db, now, people)
    seed.seed(db, now, people)  # a second time changes nothing


def test_the_history_adds_up(server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        fill(db)
    with server.worker.app.sessions.read() as db:
        charges = list(db.scalars(select(Charge)))
        assert len(charges) > 200
        assert len({charge.cashier_id for charge in charges}) == 3
        for charge in charges:
            assert charge.due == sum(line.amount for line in charge.lines)
            assert charge.paid == sum(payment.amount for payment in charge.payments)
            if charge.state == charge_pb2.Charge.PAID:
                assert charge.paid == charge.payable
        total = db.scalar(select(func.sum(Payment.amount)))
        assert total == db.scalar(select(func.sum(DaySheet.net)))
        assert not db.scalars(select(Payment).where(Payment.daily_id.is_(None))).all()
        for report in db.scalars(select(DaySheet)):
            summing.prove(report)


def test_the_history_s_numbers_have_no_gap(server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        fill(db)
        numbers = sorted(int(number) for number in db.scalars(select(Invoice.number)))
    assert numbers == list(range(1, len(numbers) + 1))


def test_today_has_prices_for_what_is_kept_in_stock(server: Running) -> None:
    with server.worker.app.sessions.write() as db:
        fill(db)
        tariff = in_force(db, datetime.now(UTC).date())
        assert [item for item in tariff.items if item.item_id], "stock has prices"
