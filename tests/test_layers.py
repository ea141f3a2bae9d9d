"""Imports go downwards only."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "crypto": {"crypto"},
    "ukey": {"ukey", "crypto"},
    "protos": {"protos"},
    "resources": {"resources", "protos"},
    "server": {"server", "resources", "protos", "crypto"},
    "client": {"client", "resources", "protos", "crypto", "ukey"},
}
ONLY_IMPORTER = {
    "smartcard": {"ukey/pcsc.py"},
    "qtawesome": {"client/core/icons.py"},
    "OpenSSL": {"crypto/tls", "crypto/chain.py"},
}
FILES = [
    path
    for layer in ALLOWED
    for path in sorted((ROOT / layer).rglob("*.py"))
    if not path.name.endswith("_pb2.py")
]


def imported(path: Path) -> set[str]:
    """The top-level names a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_downwards_only(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    ours = imported(path) & (set(ALLOWED) | {"tests", "installers"})
    assert ours <= ALLOWED[layer]


@pytest.mark.parametrize("library", sorted(ONLY_IMPORTER))
def test_a_foreign_library_is_imported_in_one_place(library: str) -> None:
    importers = {str(p.relative_to(ROOT)) for p in FILES if library in imported(p)}
    places = ONLY_IMPORTER[library]
    assert all(any(importer.startswith(place) for place in places) for importer in importers)


def test_an_area_uses_no_service_of_another() -> None:
    for path in FILES:
        parts = path.relative_to(ROOT).parts
        if parts[0] != "server" or len(parts) < 3 or parts[1] in ("core", "migrations"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            target = node.module.split(".")
            if target[0] == "server" and len(target) > 2 and target[1] not in ("core", parts[1]):
                services = [a.name for a in node.names if a.name.endswith("Service")]
                assert not services, f"{path.relative_to(ROOT)} imports {services}"
