"""Starting the program: its arguments, what it refuses, and the input method it asks for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from client import __version__
from client.__main__ import choose_input_method, main
from server.core.pki import Pki


def start(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run python -m client to its end."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "AMB_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "client", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_certificates_it_says_what_is_missing(tmp_path: Path) -> None:
    ended = start(home=tmp_path)
    assert ended.returncode == 2
    assert "workstation.crt" in ended.stderr
    assert "请管理员为本机发放证书" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bad_address_is_refused_in_words(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "pki").symlink_to(pki.folder)
    ended = start("--server", "nowhere", home=tmp_path)
    assert ended.returncode == 2
    assert "主机:端口" in ended.stderr


def test_an_unknown_area_is_refused(tmp_path: Path) -> None:
    assert start("nosuch", home=tmp_path).returncode == 2


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    ("asked", "wayland", "module", "portal"),
    [
        ("fcitx", "", "ibus", "1"),
        ("fcitx5", "", "ibus", "1"),
        ("fcitx", "wayland-0", "fcitx", None),
        ("ibus", "", "ibus", None),
    ],
)
def test_fcitx_types_through_the_ibus_plugin(
    monkeypatch: pytest.MonkeyPatch, asked: str, wayland: str, module: str, portal: str | None
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("QT_IM_MODULE", asked)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    monkeypatch.setenv("IBUS_USE_PORTAL", "")
    monkeypatch.delenv("IBUS_USE_PORTAL")
    choose_input_method()
    assert os.environ["QT_IM_MODULE"] == module
    assert os.environ.get("IBUS_USE_PORTAL") == portal
