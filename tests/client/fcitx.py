"""A desktop with Chinese input as on the target machines: X server, session bus, fcitx5, pinyin."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # s, for a busy machine; what is waited for comes at once
PAUSE, KEY_MS = 0.1, 12
PORTAL = "org.freedesktop.portal.IBus"
PROFILE = """[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin

[Groups/0/Items/0]
Name=pinyin
Layout=

[GroupOrder]
0=Default
"""
CONFIG = "[Behavior]\nActiveByDefault=True\nShareInputState=All\n"
QUIET = "wayland,waylandim,notifications,notificationitem,kimpanel,clipboard,cloudpinyin"


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Look again and again until something is true; answers it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)
    return found


class Desktop:
    """Started in a folder of its own; every program of it is ended by close."""

    def __init__(self, folder: Path) -> None:
        self._programs: list[subprocess.Popen[str]] = []
        self._folder = folder
        self.env = os.environ | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_RUNTIME_DIR": str(folder),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "xcb",
            "QT_IM_MODULE": "fcitx",  # as desktops set it; choose_input_method does the rest
            "XMODIFIERS": "@im=fcitx",
        }
        for name in ("WAYLAND_DISPLAY", "IBUS_USE_PORTAL", "IBUS_ADDRESS"):
            self.env.pop(name, None)
        try:
            self._start_all()
        except BaseException:
            self.close()
            raise

    def _start_all(self) -> None:
        self.env["DISPLAY"] = f":{self._x_server()}"
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._bus()
        config = self._folder / "config" / "fcitx5"
        config.mkdir(parents=True)
        (config / "profile").write_text(PROFILE)
        (config / "config").write_text(CONFIG)
        with (self._folder / "fcitx.log").open("w") as log:
            self.start(["fcitx5", f"--disable={QUIET}"], stdout=log, stderr=log)
        until(self._has_portal, "fcitx5 on the bus")

    def _x_server(self) -> str:
        read, write = os.pipe()
        screen = ["-screen", "0", "1280x900x24", "-nolisten", "tcp"]
        command = ["Xvfb", "-displayfd", str(write), *screen]
        self.start(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        return number

    def _bus(self) -> str:
        command = ["dbus-daemon", "--session", "--print-address", "--nofork"]
        bus = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert bus.stdout is not None
        return bus.stdout.readline().strip()

    def _has_portal(self) -> bool:
        ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]
        told = self.run(
            [*ask, "org.freedesktop.DBus.NameHasOwner", f"string:{PORTAL}"], check=False
        )
        return "true" in told

    def start(self, command: list[str], **options: Any) -> "subprocess.Popen[str]":
        """A program that lives as long as the desktop."""
        path = shutil.which(command[0])
        assert path, f"{command[0]} is not installed: see installers/linux/packages.txt"
        made = subprocess.Popen([path, *command[1:]], env=self.env, text=True, **options)
        self._programs.append(made)
        return made

    def run(self, command: list[str], *, check: bool = True) -> str:
        """A short program's output."""
        done = subprocess.run(
            command, env=self.env, text=True, capture_output=True, check=check, timeout=PATIENCE
        )
        return done.stdout

    def type(self, text: str) -> None:
        """Press the keys of a text."""
        self._hand("type", text)

    def press(self, *names: str) -> None:
        """Press keys by their X names."""
        self._hand("key", *names)

    def _hand(self, do: str, *what: str) -> None:
        time.sleep(PAUSE)  # two deeds of a person never follow like two keys of a scanner
        self.run(["xdotool", do, "--delay", str(KEY_MS), *what])

    def scan(self, code: str) -> None:
        """Press a code and Enter as a scanner does."""
        names = [{"-": "minus", "/": "slash", "+": "plus"}.get(each, each) for each in code]
        self._hand("key", *names, "Return")

    def choose_pinyin(self, on: bool) -> None:
        """Switch Chinese input on or off, as Ctrl+Space does."""
        self.run(["fcitx5-remote", "-o" if on else "-c"])

    @property
    def pinyin_is_on(self) -> bool:
        """Whether the focused field is typed into through pinyin."""
        return self.run(["fcitx5-remote"], check=False).strip() == "2"

    def end(self, name: str) -> None:
        """End one program, and wait until the bus knows."""
        program = next(each for each in self._programs if Path(each.args[0]).name == name)  # type: ignore[index,arg-type]
        program.terminate()
        program.wait(10)
        until(lambda: not self._has_portal(), f"{name} off the bus")

    def close(self) -> None:
        """End everything, the newest first."""
        for program in reversed(self._programs):
            program.terminate()
        for program in reversed(self._programs):
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
            for pipe in (program.stdin, program.stdout):
                if pipe is not None:
                    pipe.close()


class Robot:
    """A program of the desktop that obeys orders over stdin and answers its state each time."""

    def __init__(self, desktop: Desktop, module: str, *arguments: str) -> None:
        self.desktop = desktop
        self.program = desktop.start(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def order(self, do: str, **more: str) -> Any:
        """Let it do something; answers its state."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.program.stdin.flush()
        line = self.program.stdout.readline()
        assert line, f"the program ended at {do}"
        return json.loads(line)

    def state(self) -> Any:
        """Its state now."""
        return self.order("tell")

    def until(self, true: Callable[[Any], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Look at its state until something is true of it; answers the state."""
        seen: list[Any] = []

        def look() -> Any:
            seen[:] = [self.state()]
            return true(seen[0])

        try:
            until(look, what, seconds)
        except AssertionError:
            raise AssertionError(f"waited in vain for {what}: {seen}") from None
        return seen[0]

    def pause_of(self, code: str) -> int:
        """ms between the two keys farthest apart, once X has seen a whole code and Enter."""
        keys = len(code) + 1 + sum(letter.isupper() for letter in code)  # Shift too
        self.until(lambda state: state["keys"] >= keys, "the keys of a scan")
        return int(self.state()["pause"])
