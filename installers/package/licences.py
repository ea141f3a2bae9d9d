"""LICENSES.txt: everything in a package that others wrote, and under which terms it is shipped.

A package whose only terms are the GPL stops the build: it would put ours under the GPL too.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-untyped]

_OURS = {"amb"}
_TEXTS = re.compile(r"(^|/)(licen[cs]e|copying|notice|lgpl|gpl)[^/]*$", re.IGNORECASE)
_NO_GPL = re.compile(r"LGPL|LESSER|EXCEPTION|MPL|APACHE|BSD|MIT", re.IGNORECASE)
# Libraries of the build machine, patterns of their names before .so, and the terms we ship them
# under. One that is missing here stops the build: look its terms up and add it.
LIBRARIES = {
    "libX11*": "MIT (X11)",
    "libXau": "MIT (X11)",
    "libXdmcp": "MIT (X11)",
    "libxcb*": "MIT (X11)",
    "libxkbcommon*": "MIT (X11)",
    "libwayland*": "MIT",
    "libbrotli*": "MIT",
    "libbsd": "BSD-3-Clause",
    "libmd": "BSD-3-Clause",
    "libbz2": "bzip2-1.0.6",
    "libcom_err": "MIT",
    "libcrypto": "Apache-2.0 (OpenSSL 3)",
    "libssl": "Apache-2.0 (OpenSSL 3)",
    "libexpat": "MIT",
    "libffi": "MIT",
    "libfontconfig": "MIT (fontconfig)",
    "libfreetype": "FTL",
    "libgcc_s": "GPL-3.0 WITH GCC-exception-3.1",
    "libstdc++": "GPL-3.0 WITH GCC-exception-3.1",
    "libglib-2.0": "LGPL-2.1-or-later",
    "libgthread-2.0": "LGPL-2.1-or-later",
    "libgssapi_krb5": "MIT (Kerberos)",
    "libk5crypto": "MIT (Kerberos)",
    "libkrb5*": "MIT (Kerberos)",
    "libkeyutils": "LGPL-2.1-or-later",
    "liblzma": "0BSD / public domain",
    "libpcre2-8": "BSD-3-Clause",
    "libpng16": "libpng",
    "libpython*": "PSF-2.0",
    "libsqlite3": "public domain",
    "libuuid": "BSD-3-Clause",
    "libz": "Zlib",
    "libzstd": "BSD-3-Clause (BSD OR GPL-2.0)",
    "libicu*": "Unicode-3.0",
}
_FIXED = (
    ("Python", "PSF-2.0"),
    ("PyInstaller（启动程序）", "GPL-2.0-or-later WITH Bootloader-exception"),
)
_FONTS = (
    ("文泉驿微米黑", "Apache-2.0（Apache-2.0 OR GPL-3.0）"),
    ("霞鹜文楷", "OFL-1.1"),
    ("花园明朝 B", "OFL-1.1"),
)
_OFFER = """
本软件以动态库方式使用 LGPL 许可的 Qt、PySide6、psycopg、pyscard、GLib、keyutils。这些库文件在
_internal 目录中，可以用接口相同的版本替换（替换后完整性核验会指出改动，由管理员决定）。三年内可向
供货方索取这些库对应版本的源代码。
"""


class LicenceRefused(Exception):
    """Something in the package may not be shipped, or nobody knows whether it may."""


def write(folder: Path) -> None:
    """Write LICENSES.txt for a built folder; raises LicenceRefused."""
    shipped = _shipped(folder)
    lines = [*_FIXED, *_FONTS, *((f"{d.name} {d.version}", terms(d)) for d in shipped)]
    lines += _libraries(folder)
    for name, text in lines:
        refuse_gpl(name, text)
    table = "\n".join(f"{name:<40} {text}" for name, text in lines)
    texts = "\n\n".join(_text(each) for each in shipped)
    whole = f"随本软件提供的第三方组件及其许可\n\n{table}\n{_OFFER}\n{texts}\n"
    (folder / "LICENSES.txt").write_text(whole, "utf-8")


def refuse_gpl(name: str, text: str) -> None:
    """Raise LicenceRefused for terms of which no alternative is free of the GPL, or for none."""
    if not text:
        raise LicenceRefused(f"{name} 没有注明许可，请查明后再打包")
    choices = re.split(r"\s+OR\s+|\s*/\s*", text)
    if all(re.search("GPL|GNU GENERAL", each, re.IGNORECASE) for each in choices) and not any(
        _NO_GPL.search(each) for each in choices
    ):
        raise LicenceRefused(f"{name} 只按 {text} 许可，不能随本软件提供")


def terms(distribution: Distribution) -> str:
    """The terms in the metadata: expression, else field, else classifiers."""
    told = distribution.metadata
    expression, field = ((told.get_all(n) or [""])[0] for n in ("License-Expression", "License"))
    classes = [c.rsplit("::", 1)[-1].strip() for c in told.get_all("Classifier") or []]
    named = [c for c in classes if "License" in c or "Public Domain" in c]
    first = field.strip().partition("\n")[0]
    return str(expression or first or " OR ".join(named))


def _shipped(folder: Path) -> list[Distribution]:
    """The distributions any of whose modules is in the package."""
    owners = packages_distributions()
    names = {name for module in _modules(folder) for name in owners.get(module, ())} - _OURS
    unique = {d.name: d for d in distributions() if d.name in names}
    return sorted(unique.values(), key=lambda each: each.name.lower())


def _modules(folder: Path) -> set[str]:
    """Top-level names of modules in the programs' archives and beside them."""
    found = {path.name.split(".")[0] for path in (folder / "_internal").iterdir()}
    for program in folder.glob("amb-*"):
        archive = CArchiveReader(str(program)).open_embedded_archive("PYZ.pyz")
        found |= {name.split(".")[0] for name in archive.toc}
    return found


def _libraries(folder: Path) -> Iterator[tuple[str, str]]:
    """Libraries copied from the build machine; those inside wheels go with their wheel."""
    for path in sorted((folder / "_internal").glob("lib*.so*")):
        if not path.is_symlink():
            yield path.name, _library(path.name)


def _library(name: str) -> str:
    stem = name.partition(".so")[0]
    for pattern, text in LIBRARIES.items():
        if fnmatchcase(stem, pattern):
            return text
    raise LicenceRefused(f"不知道 {name} 按什么许可提供，请查明后写进 licences.py")


def _text(distribution: Distribution) -> str:
    """The licence texts a distribution brings along."""
    files = [f for f in distribution.files or [] if _TEXTS.search(f.as_posix())]
    texts = [f.read_text("utf-8", errors="replace") for f in map(_path, files) if f.is_file()]
    head = f"{'=' * 78}\n{distribution.name} {distribution.version}\n{'=' * 78}\n"
    return head + "\n".join(texts or ["（许可文本见该组件主页）"])


def _path(file: object) -> Path:
    return Path(str(file.locate()))  # type: ignore[attr-defined]
