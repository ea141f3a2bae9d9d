"""The oldest glibc a built package runs on: a package built on a new system fails on an old one."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SYMBOL = re.compile(rb"\(?GLIBC_(\d+)\.(\d+)")


class Floor(NamedTuple):
    """A version of glibc, and one file that asks for it."""

    version: tuple[int, int]
    because_of: str

    def __str__(self) -> str:
        return ".".join(map(str, self.version))


class TooNew(Exception):
    """The package asks for a newer glibc than the systems it is meant for have."""


def of(folder: Path) -> Floor:
    """The floor of everything in a folder."""
    return max(_asks(path) for path in _elves(folder))


def demand(folder: Path, most: str) -> None:
    """Raise TooNew if the folder needs more than glibc `most`, for example 2.28."""
    floor = of(folder)
    if floor.version > tuple(int(part) for part in most.split(".")):
        text = f"{floor.because_of} 需要 glibc {floor}，目标系统只有 {most}：请在目标系统上打包"
        raise TooNew(text)


def _elves(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def _asks(path: Path) -> Floor:
    told = subprocess.run(["objdump", "-T", path], capture_output=True, check=False).stdout
    undefined = (line for line in told.splitlines() if b"*UND*" in line)
    versions = {(int(a), int(b)) for line in undefined for a, b in _SYMBOL.findall(line)}
    return Floor(max(versions, default=(0, 0)), path.name)
