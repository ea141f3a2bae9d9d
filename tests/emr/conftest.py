"""The crew of the case record tests."""

from collections.abc import Callable

import pytest

from server.core.run import Running
from tests.emr.world import Crew
from tests.people import Clerk


@pytest.fixture
def crew(server: Running, someone: Callable[..., Clerk]) -> Crew:
    """A doctor with a task and an empty personal store."""
    return Crew(server, someone)
