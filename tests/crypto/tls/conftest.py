"""A world for each test of SM TLS."""

from collections.abc import Iterator
from logging import getLogger
from pathlib import Path

import pytest

from tests.crypto.tls.world import (
    Echo,
    Pki,
    Refusals,
    World,
    private_folder,
    running,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


@pytest.fixture
def pki(folder: Path) -> Pki:
    return Pki(folder)


@pytest.fixture
def echo(folder: Path) -> Iterator[Echo]:
    echo = Echo(folder)
    yield echo
    echo.stop()


@pytest.fixture
def world(pki: Pki, folder: Path, echo: Echo) -> Iterator[World]:
    with running(pki, folder, echo) as world:
        yield world


@pytest.fixture
def refusals() -> Iterator[Refusals]:
    handler = Refusals()
    getLogger("crypto.tls.front").addHandler(handler)
    yield handler
    getLogger("crypto.tls.front").removeHandler(handler)
