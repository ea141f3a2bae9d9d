"""At the door: the store keeper's UKEY, a wrong PIN, and a key pulled out."""

import time

from client.core.login import LockDialog
from installers.demo.hands import Desk, child, settle, wait
from installers.demo.run import Day


def unlock_the_door(day: Day) -> None:
    """The store keeper logs in; a wrong PIN tells the tries left; a pulled key locks."""
    desk = Desk(day.world, day.out)
    try:
        desk.shot("01-登录窗口")
        desk.insert(day.world.card("KG001"))
        assert desk.program.login is not None
        desk.type_pin(desk.program.login, "000000")
        wait(lambda: "还可以试" in _message(desk), "PIN 错误并告知剩余次数")
        desk.shot("01-PIN错误")
        desk.type_pin(desk.program.login)
        wait(lambda: desk.program.window is not None, "登录成功")
        desk.shot("01-首页")
        pulled = time.perf_counter()
        desk.pull()
        wait(lambda: desk.window.is_locked, "拔出 UKEY 后锁定", 5)
        assert time.perf_counter() - pulled < 1, "锁定超过一秒"
        desk.shot("01-锁定")
        desk.insert(day.world.card("KG001"))
        lock = child(desk.window, LockDialog)
        wait(lambda: lock.gate.info is not None, "锁定窗口可以输入 PIN")
        desk.type_pin(lock)
        wait(lambda: not desk.window.is_locked, "解锁")
    finally:
        day.artefacts += desk.taken
        desk.close()
        settle()


def _message(desk: Desk) -> str:
    assert desk.program.login is not None
    return desk.program.login.gate.entry.message.text()
