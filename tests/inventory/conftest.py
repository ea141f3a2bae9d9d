"""The centre of the stock tests."""

from collections.abc import Callable

import pytest

from server.core.run import Running
from tests.inventory.world import World
from tests.people import Clerk


@pytest.fixture
def world(server: Running, someone: Callable[..., Clerk]) -> World:
    """People, items and warehouses, nothing in stock."""
    return World(server, someone)
