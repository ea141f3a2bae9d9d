"""Runs the steps of the day: times each, keeps what it left, and says what did not hold."""

import json
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from PySide6.QtWidgets import QApplication

from client.core import style
from installers.demo.hands import Desk, settle
from installers.demo.world import ServerProcess, World


@dataclass
class Result:
    """What became of one step."""

    name: str
    seconds: float = 0.0
    ok: bool = False
    artefacts: list[str] = field(default_factory=list)
    error: str = ""


class Day:
    """The centre on its day: the world, its server, and what the steps tell each other."""

    def __init__(self, world: World, out: Path) -> None:
        self.world = world
        self.out = out
        self.server = ServerProcess(world)
        self.notes: dict[str, object] = {}  # from one step to a later one
        self.artefacts: list[Path] = []

    @contextmanager
    def at(
        self,
        staff_no: str,
        area: str = "",
        *,
        tablet: bool = False,
        server: str = "",
        reader: str = "reader",
    ) -> Iterator[Desk]:
        """A person logged in at a workstation for the length of a block."""
        style.look().tablet = tablet
        desk = Desk(self.world, self.out, area, tablet=tablet, server=server, reader=reader)
        try:
            desk.log_in(self.world.card(staff_no))
            yield desk
        finally:
            self.artefacts += desk.taken
            desk.close()

    def keep(self, name: str, data: bytes) -> Path:
        """Leave a file beside the pictures."""
        path = self.out / name
        path.write_bytes(data)
        self.artefacts.append(path)
        return path


Step = tuple[str, Callable[[Day], None]]


def run(day: Day, steps: Sequence[Step], say: Callable[[str], None]) -> list[Result]:
    """Do the steps in order, ending with the first that does not hold."""
    results = []
    for name, step in steps:
        result = _run(day, name, step)
        results.append(result)
        say(f"{'✓' if result.ok else '✗'} {result.seconds:6.1f} 秒  {name}")
        if not result.ok:
            say(result.error)
            break
    _report(day.out / "report.json", results)
    return results


def _run(day: Day, name: str, step: Callable[[Day], None]) -> Result:
    result = Result(name)
    day.artefacts = []
    began = time.perf_counter()
    try:
        step(day)
        result.ok = True
    except Exception:
        result.error = traceback.format_exc()
        _picture(day.out)
    result.seconds = round(time.perf_counter() - began, 2)
    result.artefacts = [str(path.relative_to(day.out)) for path in day.artefacts]
    return result


def _picture(out: Path) -> None:
    """What stood on the screen when a step failed."""
    settle()
    for number, window in enumerate(QApplication.topLevelWidgets()):
        if window.isVisible():
            window.grab().save(str(out / f"failed-{number}.png"))


def _report(path: Path, results: Sequence[Result]) -> None:
    steps = [asdict(result) for result in results]
    path.write_text(json.dumps({"steps": steps}, ensure_ascii=False, indent=1), "utf-8")
