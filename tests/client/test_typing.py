"""Chinese through the real fcitx5 into real fields, and scanners while pinyin is on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client.core.scanning import GAP
from tests.client.fcitx import Desktop, Robot, until

pytestmark = pytest.mark.xdist_group("fcitx")
CHINESE = ("supplier", "remark", "keeper_id", "pick", "filter0", "cell_text", "cell_lookup")
SCANNED = (
    "supplier", "remark", "keeper_id", "kind", "arrived_on", "checked_at", "freight",
    "cell_text", "cell_lookup", "cell_code", "cell_number",
)  # fmt: skip
PLAIN = ("arrived_on", "checked_at", "freight", "cell_code", "cell_number", "pin")
CODE = "AB12cd34"


class Typist(Robot):
    """The program with the fields, and hands on its keyboard."""

    def __init__(self, desktop: Desktop, folder: Path) -> None:
        super().__init__(desktop, "tests.client.typing_window", str(folder))

    def enter(self, field: str) -> None:
        """Put the keyboard into an empty field."""
        window = self.order("focus", field=field)["window"]
        self.desktop.run(["xdotool", "windowfocus", "--sync", str(window)])
        self.until(lambda state: state["focused"], f"the focus in {field}")

    def expect(self, field: str, text: str) -> None:
        """Wait until exactly that stands in a field."""
        self.until(lambda state: state["texts"][field] == text, f"{text} in {field}", 30)

    def expect_scans(self, *codes: str) -> None:
        """Wait until exactly these arrived at the scan target."""
        self.until(lambda state: state["scans"] == [*codes], "scans", 30)

    def enter_again(self) -> None:
        """Measure the keys anew."""
        self.order("clock")

    def pause(self) -> int:
        """ms between the two keys farthest apart of a scan."""
        return self.pause_of(CODE)

    def grab(self, field: str, path: str) -> None:
        """A picture of the field's window."""
        self.order("grab", field=field, path=path)


@pytest.fixture(scope="module")
def typist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typist]:
    folder = tmp_path_factory.mktemp("desktop")
    desktop = Desktop(folder)
    yield Typist(desktop, folder)
    desktop.close()


@pytest.mark.parametrize("field", CHINESE)
def test_chinese_is_typed_at_once(typist: Typist, field: str) -> None:
    typist.enter(field)
    until(lambda: typist.desktop.pinyin_is_on, "pinyin")
    typist.desktop.type("nihao ")
    typist.expect(field, "你好")


def test_a_word_typed_into_a_cell_stays_when_enter_goes_on(typist: Typist) -> None:
    typist.enter("cell_text")
    typist.desktop.type("nihao ")
    typist.expect("cell_text", "你好")
    typist.desktop.press("Return")
    until(lambda: not typist.state()["open"], "the cell closing")
    typist.expect("cell_text", "你好")


def test_a_rare_letter_is_taken_from_a_late_page_of_candidates(typist: Typist) -> None:
    typist.enter("supplier")
    typist.desktop.type("yong===1")
    typist.expect("supplier", "颙")


def test_a_letter_beyond_the_basic_plane_is_typed_by_its_number(typist: Typist) -> None:
    typist.enter("remark")
    typist.desktop.press("ctrl+shift+u")
    typist.desktop.type("2cc56")
    typist.desktop.press("Return")
    typist.expect("remark", "\U0002cc56")  # 𬱖


def test_enter_that_only_ends_a_spelling_stays_in_the_field(typist: Typist) -> None:
    typist.enter("supplier")
    typist.desktop.type("abc")
    typist.desktop.press("Return")
    typist.expect("supplier", "abc")


@pytest.mark.parametrize("field", PLAIN)
def test_numbers_and_codes_pass_by_pinyin(typist: Typist, field: str) -> None:
    typist.enter(field)
    typist.desktop.type("ab1.5")
    typist.expect(field, "ab1.5")


def scan_twice(typist: Typist, field: str) -> Any:
    """What stands everywhere before two scans; again if the busy machine typed like a person."""
    for _ in range(20):
        typist.enter(field)
        before = typist.state()["texts"]
        typist.desktop.scan(CODE)
        first = typist.pause()
        typist.enter_again()
        typist.desktop.scan(CODE)
        if max(first, typist.pause()) <= GAP * 1000:
            return before
    raise AssertionError("this machine is too busy to type like a scanner")


@pytest.mark.parametrize("field", SCANNED)
def test_a_scan_arrives_whole_wherever_the_focus_is(typist: Typist, field: str) -> None:
    before = scan_twice(typist, field)
    typist.expect_scans(CODE, CODE)
    typist.expect(field, before[field])


@pytest.mark.parametrize("field", ["filter0", "pick", "pin"])
def test_where_nothing_waits_for_scans_the_field_gets_the_code(typist: Typist, field: str) -> None:
    for _ in range(20):
        typist.enter(field)
        typist.desktop.scan(CODE)
        if typist.pause() <= GAP * 1000:
            break
    typist.expect(field, CODE)
