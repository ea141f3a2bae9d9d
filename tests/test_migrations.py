"""Migrations run from empty to head, and leave what the models say."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from server.core import schema
from server.core.db import Model
from tests import database


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'x.sqlite'}"


def test_from_empty_to_head_leaves_what_the_models_say(url: str) -> None:
    schema.upgrade(url)
    schema.check(url)
    engine = create_engine(url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    assert set(Model.metadata.tables) <= tables


def test_running_again_changes_nothing(url: str) -> None:
    schema.upgrade(url)
    schema.upgrade(url)
    schema.check(url)


@pytest.mark.parametrize("statement", ["UPDATE {} SET number = 'x'", "DELETE FROM {}"])
def test_the_migrated_ledger_is_append_only(url: str, statement: str) -> None:
    schema.upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        found = set(names.scalars())
    engine.dispose()
    verb = statement.split(maxsplit=1)[0].lower()
    assert f"inventory_move_no_{verb}" in found


@pytest.mark.database
def test_from_empty_to_head_on_postgresql() -> None:
    with database.empty() as postgres:
        if not postgres:
            return
        schema.upgrade(postgres)
        schema.check(postgres)
