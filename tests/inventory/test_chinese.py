"""A clerk's morning with the real fcitx5: login, a page by two letters, a form, scans."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from client.core.scanning import GAP
from server.core.pki import Pki
from tests.client.conftest import desk_of  # noqa: F401 - a fixture
from tests.client.desk import PIN, Desk
from tests.client.fcitx import Desktop, Robot, until
from tests.inventory.world import World

pytestmark = pytest.mark.xdist_group("fcitx")
MAY = ("supplier.read", "supplier.write", "stock.read", "receipt.read", "receipt.write",
       "item.read", "warehouse.read")  # fmt: skip
BARCODE = "6900000000017"
UNKNOWN = "99999999"


class Clerk(Robot):
    """The logged-in client and hands on its keyboard and scanner."""

    def front(self, kind: str) -> Any:
        """Wait for a window and give it the keyboard, as the desktop's window manager would."""
        state = self.until(lambda state: state["kind"] == kind, kind)
        self.desktop.run(["xdotool", "windowfocus", "--sync", str(state["window"])])
        return self.until(lambda state: state["active"] and state["kind"] == kind, f"{kind} active")

    def log_in(self) -> None:
        """Type the PIN."""
        self.front("LoginWindow")
        self.until(lambda state: state["usable"], "the key")
        self.desktop.type(PIN)
        self.desktop.press("Return")
        self.front("MainWindow")

    def go(self, letters: str, title: str) -> None:
        """Ctrl+K, the letters, Enter; with pinyin on one Enter more takes the letters as such."""
        self.desktop.press("ctrl+k")
        self.front("Jump")
        until(lambda: self.desktop.pinyin_is_on, "pinyin")
        self.desktop.type(letters)
        self.desktop.press("Return")
        self.until(lambda state: state["text"] == letters, letters)
        self.desktop.press("Return")
        self.front("MainWindow")
        self.until(lambda state: state.get("page") == title and not state["loading"], title)

    def new(self) -> None:
        """Ctrl+N."""
        self.order("list")
        self.desktop.press("ctrl+n")
        self.front("FormDialog")

    def scan(self, code: str, where: str = "tell") -> None:
        """Scan, until the busy machine is as quick as a scanner; the focus is put back before."""
        for _ in range(20):
            self.order(where)
            self.order("clock")
            self.desktop.scan(code)
            if self.pause_of(code) <= GAP * 1000:
                return
        raise AssertionError("this machine is too busy to type like a scanner")


@pytest.fixture
def clerk(
    world: World,
    desk_of: Callable[..., Desk],  # noqa: F811 - the fixture
    pki: Pki,
    tmp_path: Path,
) -> Iterator[Clerk]:
    assert world
    desk = desk_of(*(f"inventory.{each}" for each in MAY), name="李库管")
    desk.reader.remove()  # the key goes over to the other process
    folder = tmp_path / "desktop"
    folder.mkdir()
    desktop = Desktop(folder)
    arguments = (desk.config.home.parent, desk.cable.port, pki.folder)
    yield Clerk(desktop, "tests.client.clerk", *map(str, arguments))
    desktop.close()


def test_chinese_and_scans_in_the_client_of_a_logged_in_clerk(world: World, clerk: Clerk) -> None:
    bound = world.item("硝酸甘油注射液", "5mg", 10, barcode=BARCODE)
    world.received(world.line("L1", 300, 2, item_id=bound))
    receipt = world.received(world.line("L2", 300, 5))
    clerk.log_in()
    _a_supplier_is_entered_in_chinese(clerk)
    clerk.go("kccx", "库存查询")
    for pinyin in (True, False):
        clerk.desktop.choose_pinyin(pinyin)
        clerk.scan(UNKNOWN, "list")
        clerk.until(lambda state: UNKNOWN in state["missed"], "the word of the page")
        assert len(clerk.state()["rows"]) == 2
        clerk.scan(BARCODE, "list")
        state = clerk.until(lambda state: len(state["rows"]) == 1, "one row")
        assert (state["forms"], state["missed"]) == (0, "")
        assert "硝酸甘油" in state["rows"][0]
        clerk.order("clear")
        clerk.until(lambda state: len(state["rows"]) == 2, "all rows")
    clerk.desktop.choose_pinyin(True)
    clerk.go("rk", "入库单")
    clerk.scan(receipt.number, "button")
    state = clerk.until(lambda state: len(state["rows"]) == 1, "the receipt")
    assert (state["forms"], receipt.number in state["said"]) == (0, True)
    clerk.new()
    clerk.scan(BARCODE)
    state = clerk.until(lambda state: state["lines"] == 1, "a line")
    assert (state["stored"], state["text"]) == (False, "")


def _a_supplier_is_entered_in_chinese(clerk: Clerk) -> None:
    clerk.go("gy", "供应商")
    clerk.new()
    clerk.desktop.type("SHYY")
    clerk.desktop.press("Return")
    clerk.until(lambda state: state["field"] == "名称", "the name")
    until(lambda: clerk.desktop.pinyin_is_on, "pinyin")
    clerk.desktop.type("shanghai ")
    clerk.until(lambda state: state["text"] == "上海", "上海")
    clerk.desktop.press("F8")
    clerk.until(lambda state: state["stored"], "saved")
    clerk.desktop.press("Escape")
    clerk.front("MainWindow")
    clerk.until(lambda state: any("SHYY　上海" in row for row in state["rows"]), "in the list")
