"""The demo for a person: server, real client, and a box of UKEYs on the terminal."""

import os
import subprocess
import sys
from pathlib import Path

from installers.demo.world import PIN, ServerProcess, World
from server.admin.seed import PEOPLE, ROLES
from ukey.virtual.inprocess import InProcessReader


def play(folder: Path, port: int) -> int:
    """Let a person play until the client is closed and the box is left."""
    world = World(folder, port)
    if not world.exists():
        world.create()
    server = ServerProcess(world)
    server.start()
    reader = InProcessReader(world.folder / "reader")
    client = _client(world, reader)
    try:
        _box(world, reader)
    except (EOFError, KeyboardInterrupt):
        print()
    finally:
        client.terminate()
        client.wait()
        reader.remove()
        server.stop()
    return 0


def _client(world: World, reader: InProcessReader) -> subprocess.Popen[bytes]:
    first = PEOPLE[0][0]
    reader.insert(world.card(first))
    environment = os.environ | {"AMB_VIRTUAL_UKEY": str(world.folder / "reader")}
    command = [sys.executable, "-m", "client", "--home", str(world.client_home), "--pin", PIN]
    return subprocess.Popen([*command, "--staff", first], env=environment)


def _box(world: World, reader: InProcessReader) -> None:
    roles = {code: name for code, name, *_ in ROLES}
    print(f"客户端已打开。演示 PIN 都是 {PIN}。UKEY：")
    for staff_no, name, _, _, role in PEOPLE:
        print(f"  {staff_no}  {name}（{roles[role]}）")
    known = {row[0] for row in PEOPLE}
    while True:
        asked = input("输入工号换插 UKEY，回车拔出，q 结束：").strip().upper()
        if asked == "Q":
            return
        reader.remove()
        if asked in known:
            reader.insert(world.card(asked))
        elif asked:
            print("没有这个工号的 UKEY")
