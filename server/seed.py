"""Demo data of every area, in the order they need each other."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.admin import seed as admin
from server.core.registry import Registry
from server.dispatch import seed as dispatch
from server.emr import seed as emr
from server.finance import seed as finance
from server.inventory import seed as inventory
from server.services import SERVICES
from server.vehicles import seed as vehicles


def seed(db: Session, now: datetime) -> None:
    """Write what is missing."""
    people = admin.seed(db, now, Registry(SERVICES).permissions())
    for area in (inventory, dispatch, vehicles, emr, finance):
        area.seed(db, now, people)
