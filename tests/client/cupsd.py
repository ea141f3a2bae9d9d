"""A real CUPS for the tests: cupsd on private folders and a socket of its own.

Only the paper is ours: a backend that keeps what a printer would have printed, or says that the
printer does not answer.
"""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PROGRAMS = Path("/usr/lib/cups")
STEPS = 600  # of a twentieth of a second: a bound for a busy machine

_FILES = """ServerRoot {root}/etc
ServerBin {root}/bin
StateDir {root}/run
CacheDir {root}/cache
RequestRoot {root}/spool
TempDir {root}/spool/tmp
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
SystemGroup root
User lp
Group lp
"""
_DAEMON = """LogLevel debug
Listen {root}/run/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
PreserveJobHistory Yes
JobRetryInterval 1
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_PAPER = """#!/bin/sh
# The printer: keeps the sheets, counts the copies, or does not answer.
[ $# = 0 ] && {{ echo 'direct paper "Test" "Paper"'; exit 0; }}
if [ -e {root}/switch/off ]; then
  echo "STATE: +offline-report" >&2
  echo "ERROR: The printer is not responding." >&2
  exit 1
fi
cat "${{6:--}}" > {root}/out/$1.pdf
echo "$4 $5" > {root}/out/$1.options
"""
_PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "PAPER.PPD"
*Product: "(Paper)"
*Manufacturer: "Test"
*ModelName: "Paper"
*ShortNickName: "Paper"
*NickName: "Paper"
*PSVersion: "(3010.000) 0"
*cupsFilter2: "application/vnd.cups-pdf application/pdf 0 -"
"""


class Size(NamedTuple):
    """A paper a queue knows: its name and millimetres."""

    name: str
    width: float
    height: float


A4, A5 = Size("A4", 210, 297), Size("A5", 148, 210)


class Cups:
    """A running printing system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.socket = root / "run/cups.sock"
        self._queues: list[str] = []

    def queue(
        self, name: str, *papers: Size, free: bool = False, policy: str = "", default: bool = False
    ) -> str:
        """Add a queue that knows these papers, or with `free` any size up to 300 × 500 mm."""
        described = self.root / f"{name}.ppd"
        described.write_text(_ppd(papers or (A4, A5), free))
        options = ["-o", f"printer-error-policy={policy}"] if policy else []
        self._run("lpadmin", "-p", name, "-E", "-v", "paper:/", "-P", str(described), *options)
        if default:
            self._run("lpadmin", "-d", name)
        self._queues.append(name)
        return name

    def pause(self, name: str) -> None:
        """Stop a queue as an administrator would."""
        self._run("cupsdisable", name)

    def resume(self, name: str) -> None:
        """Let a stopped queue go on."""
        self._run("cupsenable", name)

    def close_to_jobs(self, name: str) -> None:
        """Let a queue take no more jobs."""
        self._run("cupsreject", name)

    def switch_off(self) -> None:
        """The printer does not answer any more."""
        (self.root / "switch/off").touch()

    def switch_on(self) -> None:
        """The printer answers again."""
        (self.root / "switch/off").unlink(missing_ok=True)

    def sheets(self, job: str) -> bytes:
        """What came out for a job."""
        return (self.root / "out" / f"{job.rpartition('-')[2]}.pdf").read_bytes()

    def options(self, job: str) -> str:
        """The copies and options a job came out with."""
        return (self.root / "out" / f"{job.rpartition('-')[2]}.options").read_text().strip()

    def printed(self) -> list[str]:
        """The numbers of the jobs that came out."""
        return sorted(path.stem for path in (self.root / "out").glob("*.pdf"))

    def clear(self) -> None:
        """Take queues, jobs and sheets away."""
        self.switch_on()
        for name in self._queues:
            self._run("cancel", "-a", "-x", name)
            self._run("lpadmin", "-x", name)
        self._queues.clear()
        for path in (self.root / "out").iterdir():
            path.unlink()

    def _run(self, *command: str) -> None:
        environment = {**os.environ, "CUPS_SERVER": str(self.socket), "LC_ALL": "C"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"


def _ppd(papers: Sequence[Size], free: bool) -> str:
    def each(keyword: str, value: Callable[[Size], str]) -> str:
        return "".join(f'*{keyword} {p.name}/{p.name}: "{value(p)}"\n' for p in papers)

    def points(size: Size) -> str:
        return f"{size.width / 25.4 * 72:.2f} {size.height / 25.4 * 72:.2f}"

    first, text = papers[0].name, _PPD
    for keyword in ("PageSize", "PageRegion"):
        text += f"*OpenUI *{keyword}: PickOne\n*Default{keyword}: {first}\n"
        text += each(keyword, lambda _: "") + f"*CloseUI: *{keyword}\n"
    text += f"*DefaultImageableArea: {first}\n" + each(
        "ImageableArea", lambda p: f"0 0 {points(p)}"
    )
    text += f"*DefaultPaperDimension: {first}\n" + each("PaperDimension", points)
    if free:
        text += (
            '*VariablePaperSize: True\n*MaxMediaWidth: "850"\n*MaxMediaHeight: "1417"\n'
            "*HWMargins: 0 0 0 0\n*NonUIOrderDependency: 10 AnySetup *CustomPageSize True\n"
            '*CustomPageSize True: "pop"\n*ParamCustomPageSize Width: 1 points 72 850\n'
            "*ParamCustomPageSize Height: 2 points 72 1417\n"
            "*ParamCustomPageSize WidthOffset: 3 points 0 0\n"
            "*ParamCustomPageSize HeightOffset: 4 points 0 0\n"
            "*ParamCustomPageSize Orientation: 5 int 0 3\n"
        )
    return text


@contextmanager
def cupsd() -> Iterator[Cups]:
    """Run cupsd until the block ends."""
    # cupsd and its filters run as users of their own, who may not look into pytest's folders
    root = Path(tempfile.mkdtemp(prefix="amb-cups-"))
    root.chmod(0o755)
    _furnish(root)
    command = ["/usr/sbin/cupsd", "-f", "-c", f"{root}/etc/cupsd.conf", "-s"]
    command.append(f"{root}/etc/cups-files.conf")
    with (root / "log/cupsd").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        cups = Cups(root)
        _wait_for(cups, process)
        yield cups
    finally:
        process.terminate()
        process.wait(timeout=60)
        shutil.rmtree(root)


def _furnish(root: Path) -> None:
    for name in ("etc/ppd", "bin/backend", "spool/tmp", "cache", "log", "run", "out", "switch"):
        (root / name).mkdir(parents=True)
    (root / "out").chmod(0o777)
    for name in ("filter", "daemon", "notifier", "driver"):
        (root / "bin" / name).symlink_to(PROGRAMS / name)
    backend = root / "bin/backend/paper"
    backend.write_text(_PAPER.format(root=root))
    backend.chmod(0o755)
    (root / "etc/cups-files.conf").write_text(_FILES.format(root=root))
    (root / "etc/cupsd.conf").write_text(_DAEMON.format(root=root))


def _wait_for(cups: Cups, process: "subprocess.Popen[bytes]") -> None:
    pause = threading.Event()
    for _ in range(STEPS):
        if cups.socket.exists() and _answers(cups):
            return
        assert process.poll() is None, (cups.root / "log/cupsd").read_text()
        pause.wait(0.05)
    raise AssertionError("cupsd did not start")


def _answers(cups: Cups) -> bool:
    return (
        subprocess.run(
            ["lpstat", "-r"],
            env={**os.environ, "CUPS_SERVER": str(cups.socket), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        ).stdout.strip()
        == "scheduler is running"
    )
