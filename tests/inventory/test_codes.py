"""The catalogue of refusals: every code of the specification, each for one thing, each met."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from protos.common.list_pb2 import IdRequest
from server.inventory.codes import ADVICE, SHARED, Code
from tests.inventory.world import RECEIPT, World, named
from tests.people import Clerk, refused, text_of

CHAPTER = {  # of the specification, by number
    1: "INSUFFICIENT", 2: "LOT_BLOCKED", 3: "LOCKED_BY_COUNT", 4: "VERSION", 5: "STATE",
    6: "LIMIT", 7: "SAME_HAND", 8: "RED_OVER", 9: "PERIOD_CLOSED", 10: "UNIT", 11: "NOT_BOUND",
    12: "DUPLICATE", 13: "RECALL_UNBALANCED",
}  # fmt: skip
PACKAGE = Path("server/inventory")
CHINESE = re.compile(r"[\u4e00-\u9fff]{4,}")


def sentences() -> Iterator[tuple[Code, str]]:
    """Every text of the stock that ends with a code, as the source has it."""
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                text = ast.unparse(node)
                for name in re.findall(r"\{Code\.(\w+)\}", text):
                    yield Code[name], text


def test_the_catalogue_is_the_chapter() -> None:
    assert {code.value: code.name for code in Code} == {
        f"INV-{number:03}": name for number, name in CHAPTER.items()
    }
    assert set(ADVICE) == set(Code)
    for text in ADVICE.values():
        what, _, next_step = text.partition("：")
        assert CHINESE.search(what), text
        assert "请" in next_step, text


def test_every_code_is_raised_with_a_sentence_and_never_typed_by_hand() -> None:
    found: dict[Code, list[str]] = {}
    for code, text in sentences():
        found.setdefault(code, []).append(text)
    assert set(found) | set(SHARED.values()) == set(Code)
    for texts in found.values():
        assert all(CHINESE.search(text) for text in texts)
    for path in [*PACKAGE.glob("*.py"), *Path("server/core").glob("*.py")]:
        if path.name != "codes.py":
            assert "INV-" not in path.read_text("utf-8"), path


def test_one_sentence_has_one_code() -> None:
    by_text: dict[str, set[Code]] = {}
    for code, text in sentences():
        by_text.setdefault(re.sub(r"（\{Code\.\w+\}）", "", text), set()).add(code)
    assert [text for text, codes in by_text.items() if len(codes) > 1] == []


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_met_in_a_story(code: Code) -> None:
    """Some test of the stock is refused with it over the wire, or by the rule itself."""
    texts = [path.read_text("utf-8") for path in Path("tests/inventory").glob("test_*.py")]
    assert any(f'"{code.value}"' in text for text in texts)


def test_stale_state_and_self_approval_carry_the_codes_of_the_stock(
    world: World, someone: Callable[..., Clerk]
) -> None:
    made = world.keeper(RECEIPT + "Create", world.draft(world.line("L1", 400, 1)))
    old = named(made)
    made = world.keeper(RECEIPT + "Submit", named(made))
    with refused(grpc.StatusCode.ABORTED) as error:
        world.keeper(RECEIPT + "Submit", old)
    assert "INV-004" in text_of(error.value)
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        world.keeper(RECEIPT + "Submit", named(made))
    assert "INV-005" in text_of(error.value)
    assert text_of(error.value).endswith("（INV-005）")
    both = someone("inventory.receipt.write", "inventory.receipt.approve")
    draft = both(RECEIPT + "Create", world.draft(world.line("L2", 400, 1)))
    draft = both(RECEIPT + "Submit", named(draft))
    with refused(grpc.StatusCode.FAILED_PRECONDITION) as error:
        both(RECEIPT + "Approve", named(draft))
    assert "INV-007" in text_of(error.value)
    missing = IdRequest(id=1, version=1)
    with refused(grpc.StatusCode.NOT_FOUND) as error:
        world.keeper(RECEIPT + "Submit", missing)
    assert "INV-" not in text_of(error.value), "no code of the catalogue fits"
