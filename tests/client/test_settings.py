"""Settings, the sealed store and its key, the configuration: what lies on the disk."""

import errno
import os
import stat
from pathlib import Path

import pytest

from client.core import settings as module
from client.core.config import ConfigError, load
from client.core.settings import Settings, write_atomically
from client.core.store import Store
from client.core.vault import open_store
from crypto.errors import InvalidCiphertext

KEY = bytes(range(16))


def test_a_value_is_there_again_for_the_same_user_only(tmp_path: Path) -> None:
    Settings("1001", tmp_path).set("columns", ["编码", 3])
    assert Settings("1001", tmp_path).value("columns") == ["编码", 3]
    assert Settings("1002", tmp_path).value("columns", "默认") == "默认"


def test_none_forgets(tmp_path: Path) -> None:
    settings = Settings("1001", tmp_path)
    settings.set("theme", "dark")
    settings.set("theme", None)
    assert Settings("1001", tmp_path).value("theme", "light") == "light"


def test_a_user_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    Settings("../../etc/x", tmp_path).set("a", 1)
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "settings"]


def test_a_spoiled_file_is_set_aside(tmp_path: Path) -> None:
    Settings("1001", tmp_path).set("a", 1)
    path = tmp_path / "settings" / "1001.json"
    path.write_text("{broken")
    assert Settings("1001", tmp_path).value("a") is None
    assert path.with_suffix(".damaged").read_text() == "{broken"


def test_amb_home_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMB_HOME", str(tmp_path))
    assert module.home() == tmp_path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    real = os.fdopen

    def onto_the_full_disk(handle: int, mode: str) -> object:
        os.close(handle)
        return real(os.open("/dev/full", os.O_WRONLY), mode)

    monkeypatch.setattr(os, "fdopen", onto_the_full_disk)
    with pytest.raises(OSError) as caught:
        write_atomically(path, b"new")
    assert caught.value.errno == errno.ENOSPC
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert path.read_bytes() == b"old"


def test_the_store_keeps_values_sealed(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db", KEY)
    store.put("drafts", "b", "患者李四".encode())
    store.put("drafts", "a", b"1")
    store.close()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "李四".encode() not in on_disk
    again = Store(tmp_path / "s.db", KEY)
    assert again.items("drafts") == [("a", b"1"), ("b", "患者李四".encode())]
    again.delete("drafts", "a")
    assert again.get("drafts", "a") is None
    again.close()


def test_a_value_moved_elsewhere_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db", KEY)
    store.put("drafts", "a", b"1")
    store._db.execute("UPDATE item SET key = 'b'")
    with pytest.raises(InvalidCiphertext):
        store.get("drafts", "b")
    store.close()


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db", KEY)
    store.put("drafts", "a", b"1")
    store.close()
    other = Store(tmp_path / "s.db", bytes(16))
    with pytest.raises(InvalidCiphertext):
        other.items("drafts")
    other.close()


def test_together_stands_or_falls_as_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db", KEY)

    def fail_halfway() -> None:
        with store.together():
            store.put("drafts", "a", b"1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert store.items("drafts") == []
    store.close()


def test_each_user_has_a_store_and_a_private_key_file(tmp_path: Path) -> None:
    one, other = open_store(tmp_path, "1001"), open_store(tmp_path, "1002")
    one.put("drafts", "a", b"1")
    assert other.get("drafts", "a") is None
    one.close()
    other.close()
    again = open_store(tmp_path, "1001")
    assert again.get("drafts", "a") == b"1"
    again.close()
    paths = list(tmp_path.rglob("store.key"))
    assert len({path.read_text() for path in paths}) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def _issued(home: Path) -> None:
    (home / "pki").mkdir()
    for name in ("workstation.crt", "workstation.key", "ca.crt"):
        (home / "pki" / name).write_text("")


def test_configuration_command_line_over_environment_over_file(tmp_path: Path) -> None:
    _issued(tmp_path)
    (tmp_path / "client.ini").write_text("[client]\nserver = a:1\nserver_name = amb.example\n")
    assert load(tmp_path, environment={}).server == "a:1"
    assert load(tmp_path, environment={"AMB_SERVER": "b:2"}).server == "b:2"
    config = load(tmp_path, "c:3", {"AMB_SERVER": "b:2"})
    assert (config.host, config.port, config.server_name) == ("c", 3, "amb.example")
    assert config.files.crl is None


@pytest.mark.parametrize("address", ["host", "host:", ":1", "host:x", "host:70000"])
def test_a_bad_address_is_refused_in_words(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="主机:端口"):
        load(tmp_path, address, {})


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"workstation\.crt"):
        load(tmp_path, "a:1", {})
