"""Build the Python code of every .proto file: python -m protos."""

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent


def sources() -> list[str]:
    """Every .proto of the project, relative to its root."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "protos").rglob("*.proto"))


def remove_orphans() -> None:
    """Remove the code of contracts that are gone: git ignores it, and imports would find it."""
    for path in (ROOT / "protos").rglob("*_pb2.py*"):
        if not path.with_name(path.name.split("_pb2.")[0] + ".proto").exists():
            path.unlink()


def build() -> int:
    """Write _pb2.py and _pb2.pyi beside each .proto; return protoc's exit code."""
    remove_orphans()
    well_known = files("grpc_tools") / "_proto"
    plugin = Path(sys.executable).with_name("protoc-gen-mypy")
    arguments = [
        "protoc",
        f"-I{ROOT}",
        f"-I{well_known}",
        f"--plugin=protoc-gen-mypy={plugin}",
        f"--python_out={ROOT}",
        f"--mypy_out=quiet:{ROOT}",
    ]
    return int(protoc.main([*arguments, *sources()]))


if __name__ == "__main__":
    sys.exit(build())
