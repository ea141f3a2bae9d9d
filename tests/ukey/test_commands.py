"""The administrator's commands, driven as from a shell, on the folder reader."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from crypto.cert import Authority
from tests.ukey.conftest import ADMIN_PIN, PIN, Events
from ukey.__main__ import main
from ukey.key import VIRTUAL_ALLOWED, VIRTUAL_VARIABLE, tokens
from ukey.watch import Event


class Shell:
    """Runs commands, answering their questions line by line."""

    def __init__(self, patch: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]) -> None:
        self._patch, self._output = patch, output

    def run(self, command: str, *answers: str, fails: bool = False) -> str:
        self._patch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in answers)))
        assert main(command.split()) == int(fails)
        printed = self._output.readouterr()
        return printed.err if fails else printed.out


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.setenv(VIRTUAL_VARIABLE, str(tmp_path / "reader"))
    return Shell(monkeypatch, capsys)


@pytest.fixture
def inserted(shell: Shell, tmp_path: Path) -> Shell:
    file = tmp_path / "card.json"
    answers = (PIN, PIN, ADMIN_PIN, ADMIN_PIN)
    shell.run(f"virtual create {file} --label 急救 --serial VK0001", *answers)
    shell.run(f"virtual insert {file}")
    return shell


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    authority = Authority.create("测试 CA", days=30)
    (tmp_path / "ca.crt").write_bytes(authority.certificate.pem)
    (tmp_path / "ca.key").write_bytes(authority.private_key.to_pem(b"secret"))
    return tmp_path


def test_a_token_is_handed_out_once(inserted: Shell, ca: Path) -> None:
    command = f"init --staff 10001 --name 张三 --ca {ca}"
    assert "尚未发放" in inserted.run("info")
    assert "张三（10001）" in inserted.run(command, "secret", PIN)
    assert "已发放给 张三" in inserted.run(command, "secret", PIN, fails=True)
    assert "李四" in inserted.run(
        f"init --staff 10002 --name 李四 --ca {ca} --replace", "secret", PIN
    )


def test_a_wrong_password_of_the_authority_touches_nothing(inserted: Shell, ca: Path) -> None:
    command = f"init --staff 10001 --name 张三 --ca {ca}"
    inserted.run(command, "wrong", PIN, fails=True)
    assert "尚未发放" in inserted.run("info")


def test_pin_commands(inserted: Shell) -> None:
    assert "初始 PIN" in inserted.run("info")
    inserted.run("change-pin", PIN, "abc123", "abc123")
    assert "初始 PIN" not in inserted.run("info")
    assert "不一致" in inserted.run("change-pin", "abc123", PIN, "654321", fails=True)
    assert "还可尝试 5 次" in inserted.run("change-pin", PIN, "654321", "654321", fails=True)
    inserted.run("unblock", ADMIN_PIN, PIN, PIN)
    with tokens().open() as key:
        key.verify_pin(PIN)


def test_list_and_removal(inserted: Shell) -> None:
    assert "软件读卡器" in inserted.run("list")
    inserted.run("virtual remove")
    assert "没有插入" in inserted.run("list")
    assert "请插入 UKEY" in inserted.run("info", fails=True)


def test_other_programs_hear_of_it(inserted: Shell, tmp_path: Path) -> None:
    with Events(tokens()) as events:
        events.expect(Event.INSERTED)
        inserted.run("virtual remove")
        events.expect(Event.REMOVED)
        subprocess.run(
            [sys.executable, "-m", "ukey", "virtual", "insert", tmp_path / "card.json"], check=True
        )
        events.expect(Event.INSERTED)


def test_an_existing_card_is_not_overwritten(inserted: Shell, tmp_path: Path) -> None:
    command = f"virtual create {tmp_path / 'card.json'} --label x --serial x"
    assert "已存在" in inserted.run(command, fails=True)


def test_missing_answers_are_told(inserted: Shell) -> None:
    assert "没有输入" in inserted.run("change-pin", fails=True)


def test_demo(shell: Shell) -> None:
    printed = shell.run("demo --in-process")
    for step in ("插入 UKEY", "发放证书", "还可尝试 5 次", "验证通过", "拔出后使用", "被拒绝"):
        assert step in printed


@pytest.mark.parametrize("command", ["demo", "virtual create x --label x --serial x"])
def test_software_tokens_need_leave(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.delenv(VIRTUAL_VARIABLE)
    assert "演示" in shell.run(command, PIN, PIN, ADMIN_PIN, ADMIN_PIN, fails=True)


def test_the_folder_reader_needs_a_folder(inserted: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VIRTUAL_VARIABLE, VIRTUAL_ALLOWED)
    assert "目录" in inserted.run("virtual remove", fails=True)
