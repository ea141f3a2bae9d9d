"""The demo records of the past weeks keep the rules that today's records must keep."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from protos.emr import case_record_pb2 as pb
from resources.emr import rules
from server.admin.person import Person
from server.core.mapping import mapping
from server.dispatch import seed as tasks
from server.dispatch.task import Task
from server.emr import seed as records
from server.emr.tables import CaseRecord


@pytest.mark.demo
def test_demo_records_are_complete_and_made_once(db: Session) -> None:
    now = datetime.now(UTC)
    people = {person.staff_no: person.id for person in db.scalars(select(Person))}
    for _ in range(2):
        tasks.seed(db, now, people)
        records.seed(db, now, people)
    found = list(db.scalars(select(CaseRecord)))
    assert len(found) == len(records.STORIES) == len(db.scalars(select(Task)).all())
    for record in found:
        message: pb.CaseRecord = mapping(CaseRecord, pb.CaseRecord).to_message(record)  # type: ignore[assignment]
        assert rules.form_faults(message) == []
        assert rules.submit_findings(message, now) == []
