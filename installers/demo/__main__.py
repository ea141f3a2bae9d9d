"""python -m installers.demo: the demo for a person at a display, or driven by itself."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path("var/demo")
PORT = 18443


def main() -> int:
    """Run the asked kind of demo; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m installers.demo")
    parser.add_argument("--auto", action="store_true", help="自动走完一天")
    parser.add_argument("--serve", action="store_true", help="只启动演示服务器")
    asked = parser.parse_args()
    os.environ.setdefault("AMB_VIRTUAL_UKEY", "allow")
    if asked.serve:
        return serve()
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return auto() if asked.auto or not has_display else play()


def _tell(_kind: object, _where: object, text: str) -> None:
    """What Qt has to say, but for what a window without a screen cannot do."""
    if not text.startswith("This plugin does not support"):
        print(text, file=sys.stderr)


def auto() -> int:
    """Drive the real windows through the day, offscreen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from installers.demo.day import STEPS
    from installers.demo.run import Day, run
    from installers.demo.world import World, free_port

    qInstallMessageHandler(_tell)
    app = QApplication(sys.argv[:1])
    world = World(FOLDER / "world", free_port())
    world.create()
    for old in (*FOLDER.glob("*.png"), *FOLDER.glob("*.pdf")):
        old.unlink()
    day = Day(world, FOLDER)
    day.server.start()
    try:
        results = run(day, STEPS, lambda text: print(text, flush=True))
    finally:
        day.server.stop()
    del app
    done = sum(result.ok for result in results)
    print(f"{done}/{len(STEPS)} 步成立；截图、PDF 和 report.json 在 {FOLDER}")
    return 0 if done == len(STEPS) else 1


def serve() -> int:
    """The demo's server, until Ctrl+C."""
    from installers.demo.world import World

    world = World(FOLDER / "play", PORT)
    if not world.exists():
        world.create()
    home = str(world.server_home)
    command = [sys.executable, "-m", "server", "--home", home, "--port", str(PORT), "serve"]
    return subprocess.run(command, check=False).returncode


def play() -> int:
    """Server and real client for a person; the UKEYs are put in and pulled from the terminal."""
    from installers.demo.play import play as go

    return go(FOLDER / "play", PORT)


if __name__ == "__main__":
    sys.exit(main())
