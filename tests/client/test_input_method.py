"""The diagnosis says whether Chinese can be typed: on a real desktop with and without fcitx5."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.core.findings import Finding
from tests.client.fcitx import ROOT, Desktop

pytestmark = pytest.mark.xdist_group("fcitx")


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    made = Desktop(tmp_path)
    yield made
    made.close()


def found(desktop: Desktop, **environment: str) -> Finding:
    """What a client started on the desktop now finds."""
    desktop.env.update({"PYTHONPATH": str(ROOT), **environment})
    return Finding(*json.loads(desktop.run([sys.executable, "-m", "tests.client.look_at_input"])))


def test_what_the_diagnosis_says_is_what_happens(desktop: Desktop) -> None:
    well = found(desktop)
    assert well.tone == "good"
    assert "fcitx5 正在运行" in well.text
    unknown = found(desktop, QT_IM_MODULE="scim", XMODIFIERS="")
    assert unknown.tone == "bad"
    assert "scim 不在程序里（有：compose、ibus）" in unknown.text
    unasked = found(desktop, QT_IM_MODULE="", XMODIFIERS="")
    assert unasked.tone == "bad"
    assert "QT_IM_MODULE 设为 fcitx" in unasked.text
    desktop.end("fcitx5")
    stopped = found(desktop, QT_IM_MODULE="fcitx", XMODIFIERS="@im=fcitx")
    assert stopped.tone == "bad"
    assert "请启动输入法" in stopped.text
    nothing = found(desktop, QT_IM_MODULE="", XMODIFIERS="")
    assert nothing.tone == "warn"
    assert "安装并启用 fcitx5" in nothing.text
