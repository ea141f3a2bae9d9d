"""The fleet of the vehicle tests."""

from collections.abc import Callable

import pytest

from tests.people import Clerk
from tests.vehicles.fleet import Fleet


@pytest.fixture
def fleet(someone: Callable[..., Clerk]) -> Fleet:
    """Keeper, station head, driver, one vehicle in use."""
    return Fleet(someone)
