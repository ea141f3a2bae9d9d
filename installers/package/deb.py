"""The .deb packages: client, its rights on a workstation, server.

The client's follows the rules of the UOS store: everything below /opt/apps/<id>, no scripts.
What changes the system stands in a package of its own, which IT installs.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from client import __version__
from installers.package import floor

APP_ID = "cn.amb.client"  # the customer's own reversed domain, before the first release
VERSION = f"{__version__}.0"  # UOS asks for four numbers
_LINUX = Path(__file__).resolve().parents[1] / "linux"
_GUIDE = _LINUX.parent / "README.md"
_LICENCES = "LICENSES.txt"
_PERMISSIONS = (
    *("autostart", "notification", "trayicon", "clipboard", "account"),
    *("bluetooth", "camera", "audio_record", "installed_apps"),
)
_CONTROL = """\
Package: {name}
Version: {version}
Section: misc
Priority: optional
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {depends}
Description: {description}
"""


@dataclass(frozen=True)
class Deb:
    """What the control file says, and which files of ours go where besides the program."""

    name: str
    description: str
    depends: tuple[str, ...]
    files: dict[str, str]  # place below / : file in installers/linux
    program: tuple[Path, str] | None = None  # built folder, place below /
    links: dict[str, str] = field(default_factory=dict)  # place below / : target
    postinst: str = ""
    settings: tuple[str, ...] = ()  # kept as the administrator changed them


def build(client: Path, server: Path, target: Path) -> Iterator[Path]:
    """Make the three packages of two built folders."""
    for deb in (_client(client), _workstation(), _server(server)):
        with tempfile.TemporaryDirectory(prefix="amb-deb-", dir=target) as name:
            yield _pack(deb, Path(name) / "root", target)


def _client(folder: Path) -> Deb:
    home = f"opt/apps/{APP_ID}"
    entries = f"{home}/entries"
    desktop = f"{entries}/applications/{APP_ID}.desktop"
    icon = f"{entries}/icons/hicolor/scalable/apps/{APP_ID}.svg"
    depends = ("libegl1", "libgl1", "libdbus-1-3", "libcups2", "libpcsclite1", "pcscd")
    screens = ("libxcb1", "libwayland-cursor0", "libwayland-egl1")
    return Deb(
        APP_ID,
        "院前急救信息系统客户端",
        (_libc(folder), *depends, *screens, "fonts-wqy-zenhei"),
        {desktop: "client.desktop", icon: "client.svg"},
        (folder, f"{home}/files"),
        {
            f"usr/share/applications/{APP_ID}.desktop": f"/{desktop}",
            f"usr/share/icons/hicolor/scalable/apps/{APP_ID}.svg": f"/{icon}",
        },
    )


def _workstation() -> Deb:
    return Deb(
        "amb-workstation",
        "院前急救信息系统工作站权限（远程会话中使用 UKEY）",
        ("pcscd", "libccid"),
        {
            "etc/polkit-1/rules.d/49-amb-pcsc.rules": "49-amb-pcsc.rules",
            "etc/polkit-1/localauthority/50-local.d/amb-pcsc.pkla": "amb-pcsc.pkla",
            "usr/lib/sysusers.d/amb-workstation.conf": "amb-workstation.sysusers",
        },
        postinst="amb-workstation.postinst",
    )


def _server(folder: Path) -> Deb:
    return Deb(
        "amb-server",
        "院前急救信息系统服务端",
        (_libc(folder), "systemd", "fonts-wqy-zenhei"),
        {
            "lib/systemd/system/amb-server.service": "amb-server.service",
            "usr/lib/sysusers.d/amb-server.conf": "amb-server.sysusers",
            "etc/amb-server/server.toml": "server.toml",
        },
        (folder, "opt/amb-server"),
        {"usr/sbin/amb-server": "/opt/amb-server/amb-server"},
        "amb-server.postinst",
        ("/etc/amb-server/server.toml",),
    )


def _libc(folder: Path) -> str:
    return f"libc6 (>= {floor.of(folder)})"


def _pack(deb: Deb, root: Path, target: Path) -> Path:
    """Lay out the tree and pack it; xz, which old dpkg reads too."""
    _lay_out(deb, root)
    _write_control(deb, root)
    made = target / f"{deb.name}_{VERSION}_{_architecture(deb)}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(root), str(made)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return made


def _lay_out(deb: Deb, root: Path) -> None:
    guide = root / "usr/share/doc" / deb.name / "README.md"
    _copy(_GUIDE, guide)
    if deb.program:
        folder, place = deb.program
        shutil.copytree(folder, root / place, symlinks=True, copy_function=os.link)
        _copy(folder / _LICENCES, guide.with_name("copyright"))
    for place, name in deb.files.items():
        _copy(_LINUX / name, root / place)
    for place, link in deb.links.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).symlink_to(link)
    if deb.name == APP_ID:
        _write(root / f"opt/apps/{APP_ID}/info", _info())


def _write_control(deb: Deb, root: Path) -> None:
    size = sum(p.lstat().st_size for p in root.rglob("*") if not p.is_dir()) // 1024
    text = _CONTROL.format(
        name=deb.name,
        version=VERSION,
        architecture=_architecture(deb),
        maintainer="院前急救信息系统供货方 <root@localhost>",
        size=size,
        depends=", ".join(deb.depends),
        description=deb.description,
    )
    _write(root / "DEBIAN" / "control", text)
    if deb.settings:
        _write(root / "DEBIAN" / "conffiles", "".join(f"{name}\n" for name in deb.settings))
    if deb.postinst:
        _copy(_LINUX / deb.postinst, root / "DEBIAN" / "postinst", 0o755)
    for path in [root, *root.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def _architecture(deb: Deb) -> str:
    return _machine() if deb.program else "all"


def _machine() -> str:
    return subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()


def _info() -> str:
    """The description UOS reads: what the program is and which rights it asks for."""
    told = {
        "appid": APP_ID,
        "name": "院前急救信息系统",
        "version": VERSION,
        "arch": [_machine()],
        "permissions": {name: name == "clipboard" for name in _PERMISSIONS},
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _copy(source: Path, place: Path, mode: int = 0o644) -> None:
    _write(place, source.read_text("utf-8").replace("@ID@", APP_ID), mode)


def _write(place: Path, text: str, mode: int = 0o644) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, "utf-8")
    place.chmod(mode)
