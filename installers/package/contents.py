"""What goes into a package and what stays out; read by amb.spec."""

import subprocess
from collections.abc import Iterable
from ctypes.util import find_library
from functools import cache
from pathlib import Path

from PyInstaller.utils.hooks import (  # type: ignore[import-untyped]
    collect_data_files,
    collect_submodules,
    copy_metadata,
)

Entry = tuple[str, str, str]  # PyInstaller's: place in the package, source, kind

ROOT = Path(__file__).resolve().parents[2]
LAYERS = {
    "client": ("client", "ukey", "crypto", "protos", "resources"),
    "server": ("server", "crypto", "protos", "resources"),
}
PROGRAMS = {
    "client": ("amb_client", "amb_ukey", "amb_crypto", "amb_verify"),
    "server": ("amb_server", "amb_crypto", "amb_verify"),
}
# Zen Hei, the third of the chain, is GPL: the system package fonts-wqy-zenhei brings it.
FONTS = (
    "wqy/wqy-microhei.ttc",
    "lxgw-wenkai/LXGWWenKai-Regular.ttf",
    "hanazono/HanaMinB.ttf",
)
_FONT_FOLDER = Path("/usr/share/fonts/truetype")
_OUR_DATA = (".json", ".qss", ".svg", ".md", ".csv", ".txt", ".png", ".ttf", ".mako")
_FOREIGN_DATA = {
    "client": ("qtawesome", "pypinyin", "pyhanko", "reportlab"),
    "server": ("pypinyin", "pywubi", "pyhanko", "reportlab", "alembic"),
}
_FOREIGN_MODULES = {
    "client": ("smartcard.scard", "grpc_health.v1", "qtawesome"),
    "server": ("psycopg", "psycopg_binary", "alembic", "sqlalchemy.dialects.postgresql.psycopg"),
}
# The client's diagnosis page tells their versions.
_TOLD = ("grpcio", "protobuf", "PySide6-Essentials", "cryptography", "reportlab", "pyscard")
# Imported by names put together at run time.
_COLLECTED = ("reportlab.graphics.barcode",)
_CLIENT_ONLY = ["PySide6", "shiboken6", "qtawesome", "qtpy", "smartcard"]
# readline and gdbm are GPL; the rest is only wanted where programs are made.
NOT_WANTED = [
    *("readline", "_gdbm", "_dbm", "_curses", "curses", "_tkinter", "tkinter", "test"),
    *("pytest", "hypothesis", "mypy", "ruff", "setuptools", "pip", "grpc_tools", "pypdf"),
    *("IPython", "numpy", "matplotlib", "pkg_resources", "PyInstaller", "MySQLdb", "pysqlite2"),
    *("PyQt5", "PyQt6", "PySide2"),
]
_QT_NOT_WANTED = [
    f"PySide6.Qt{name}"
    for name in ("Qml", "Quick", "QuickWidgets", "Designer", "Sql", "Test", "Help", "UiTools")
]
# Plugin folders of Qt we use; of three of them not all: the virtual keyboard is GPL, GTK would
# bring half a desktop along, and eglfs, linuxfb and vnc are for machines without a desktop.
_PLUGINS = {
    "platforms": {"libqxcb", "libqoffscreen", "libqwayland-egl", "libqwayland-generic"},
    "platforminputcontexts": {
        "libcomposeplatforminputcontextplugin",
        "libibusplatforminputcontextplugin",
        "libfcitx5platforminputcontextplugin",
        "libfcitxplatforminputcontextplugin",
    },
    "platformthemes": {"libqxdgdesktopportal"},
    "imageformats": {"libqsvg", "libqjpeg", "libqico", "libqgif"},
    "iconengines": set(),
    "printsupport": set(),
    "xcbglintegrations": set(),
    "wayland-decoration-client": set(),
    "wayland-graphics-integration-client": set(),
    "wayland-shell-integration": set(),
}
# They must fit a service of the machine: CUPS, pcscd, the desktop's bus.
_OF_THE_SYSTEM = ("libcups.so", "libpcsclite.so", "libdbus-1.so")
_LOADED_BY_NAME = ("libcrypto.so", "libssl.so", "libpdfium.so", "libpython")
_QT = "PySide6/Qt/"


def hidden_imports(kind: str) -> list[str]:
    """Our modules, all of them, and what foreign packages import in passing."""
    whole = (*LAYERS[kind], *_COLLECTED)
    return [*(m for package in whole for m in collect_submodules(package)), *_FOREIGN_MODULES[kind]]


def excludes(kind: str) -> list[str]:
    """Modules that must not be in the package."""
    return [*NOT_WANTED, *(_CLIENT_ONLY if kind == "server" else _QT_NOT_WANTED)]


def data(kind: str) -> list[tuple[str, str]]:
    """(source, folder) of every data file: our layers' own, fonts, what foreign packages need."""
    ours = [
        (str(path), str(path.parent.relative_to(ROOT)))
        for layer in LAYERS[kind]
        for path in sorted((ROOT / layer).rglob("*"))
        if path.suffix in _OUR_DATA and "demo" not in path.parts
    ]
    fonts = [(str(_FONT_FOLDER / font), "resources/fonts") for font in FONTS]
    foreign = [pair for name in _FOREIGN_DATA[kind] for pair in collect_data_files(name)]
    return [*ours, *fonts, *foreign, *(_migrations() if kind == "server" else _told())]


def _told() -> list[tuple[str, str]]:
    return [pair for name in _TOLD for pair in copy_metadata(name)]


def _migrations() -> list[tuple[str, str]]:
    """Alembic reads these as source."""
    folder = ROOT / "server" / "migrations"
    files = sorted(folder.rglob("*.py"))
    if not any(path.parent.name == "versions" for path in files):
        raise SystemExit("server/migrations/versions 里没有数据库版本，打成的包建不了数据库")
    return [(str(path), str(path.parent.relative_to(ROOT))) for path in files]


def libraries() -> list[tuple[str, str]]:
    """Libraries found at run time by name, so that nothing in the package points at them."""
    name = find_library("crypto")
    if name != "libcrypto.so.3":
        raise SystemExit(f"打包机上需要 OpenSSL 3 的 libcrypto.so.3，现在是 {name}")
    return [(_path_of(name), ".")]


def _path_of(name: str) -> str:
    cache_lines = subprocess.check_output(["/sbin/ldconfig", "-p"], text=True).splitlines()
    return next(line.split(" => ")[1] for line in cache_lines if line.strip().startswith(name))


def trimmed(binaries: Iterable[Entry]) -> list[Entry]:
    """Without unwanted plugins and system libraries, and without what only they needed."""
    kept = [entry for entry in binaries if _is_wanted(entry[0])]
    places = {entry[0] for entry in kept}
    kept = [entry for entry in kept if entry[2] != "SYMLINK" or _leads(entry, places)]
    while True:
        needed = {name for _, source, _ in kept for name in needs(source)}
        fewer = [entry for entry in kept if not _is_plain(entry[0]) or _name(entry) in needed]
        if len(fewer) == len(kept):
            return kept
        kept = fewer


def trimmed_data(entries: Iterable[Entry], binaries: Iterable[Entry]) -> list[Entry]:
    """Of Qt's translations only the Chinese of the basic modules, and links that lead somewhere."""
    entries = list(entries)
    places = {entry[0] for entry in [*entries, *binaries]}
    return [e for e in entries if _is_wanted_data(e) and (e[2] != "SYMLINK" or _leads(e, places))]


def _is_wanted_data(entry: Entry) -> bool:
    if not entry[0].startswith(f"{_QT}translations/"):
        return True
    return Path(entry[0]).name in {"qtbase_zh_CN.qm", "qt_zh_CN.qm"}


def _leads(link: Entry, places: set[str]) -> bool:
    return (Path(link[0]).parent / link[1]).as_posix() in places


def _name(entry: Entry) -> str:
    return Path(entry[0]).name


def _is_wanted(place: str) -> bool:
    path = Path(place)
    if path.name.startswith(_OF_THE_SYSTEM):
        return False
    if not place.startswith(f"{_QT}plugins/"):
        return True
    folder = path.parts[3]
    names = _PLUGINS.get(folder)
    return names is not None and (not names or path.name.removesuffix(".so") in names)


def _is_plain(place: str) -> bool:
    """Whether it is a library that is only there because another one needs it."""
    name = Path(place).name
    return (
        name.startswith("lib")
        and ".so" in name
        and "/plugins/" not in place
        and not name.startswith(_LOADED_BY_NAME)
    )


@cache
def needs(source: str) -> frozenset[str]:
    """The names of the libraries an ELF file asks for (DT_NEEDED)."""
    told = subprocess.run(["objdump", "-p", source], capture_output=True, text=True, check=False)
    lines = (line.split() for line in told.stdout.splitlines())
    return frozenset(words[1] for words in lines if len(words) == 2 and words[0] == "NEEDED")
