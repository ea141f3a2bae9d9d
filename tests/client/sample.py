"""A small contract of the tests' own, compiled when first imported: tests/client/sample.proto."""

import importlib.util
import sys
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import timestamp_pb2
from grpc_tools import protoc
from PySide6.QtCore import QObject

from client.core.api import Api
from client.core.page import Lines, Page
from protos.common import list_pb2, options_pb2, session_pb2

T = TypeVar("T", bound=QObject)
ROOT = Path(__file__).resolve().parents[2]
IMPORTED = (timestamp_pb2, list_pb2, options_pb2)  # what the compiled module builds on


def _compile() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["protoc", f"-I{ROOT}", f"-I{files('grpc_tools') / '_proto'}"]
        arguments += [f"--python_out={folder}", "tests/client/sample.proto"]
        assert protoc.main(arguments) == 0
        path = Path(folder) / "tests" / "client" / "sample_pb2.py"
        spec = importlib.util.spec_from_file_location("tests.client.sample_pb2", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return module


pb = _compile()
SLIPS = "sample.SlipService"
EVERYTHING = ("sample.slip.read", "sample.slip.write", "sample.slip.approve", "sample.item.read")


def page(**changes: Any) -> Page:
    """The page of the slips."""
    values: dict[str, Any] = {
        "title": "入库单",
        "service": pb.DESCRIPTOR.services_by_name["SlipService"],
        "columns": [
            "slip_no", "kind", "supplier", "arrived_on", "checked_at", "amount", "urgent", "state",
        ],
        "filters": ["slip_no", "kind", "arrived_on", "state", "amount", "keeper_id"],
        "form": [
            ["slip_no", "kind", "supplier"],
            ["arrived_on", "checked_at", "keeper_id"],
            ["freight", "temperature", "urgent"],
            ["remark"],
        ],
        "lines": [
            Lines(
                "lines",
                ["item_id", "lot_no", "expires_on", "quantity", "price", "amount"],
                scan="item_id",
            )
        ],
        "actions": ["Submit", "Return"],
        "sticky": ["kind", "supplier"],
    }  # fmt: skip
    return Page(**{**values, **changes})


def slip(id: int = 1, **values: Any) -> Any:
    """A stored slip with two lines."""
    made = pb.Slip(
        id=id, version=1, slip_no=f"RK2026{id:06}", kind="PURCHASE", supplier="上海医药有限公司",
        arrived_on="2026-11-20", keeper_id=7, amount=123450 + id, state="DRAFT",
    )  # fmt: skip
    made.checked_at.FromJsonString("2026-11-20T06:30:15Z")
    made.lines.add(item_id=1, lot_no="B2401", expires_on="2028-01-31", quantity=20, price=125000)
    made.lines.add(item_id=2, lot_no="B2402", quantity=100, price=35000, amount=35000)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def names() -> list[list_pb2.RefName]:
    """What the referred items are called."""
    texts = {1: "肾上腺素注射液 1mg", 2: "一次性输液器", 7: "王芳"}
    return [
        list_pb2.RefName(service="sample.ItemService", id=id, text=text)
        for id, text in texts.items()
    ]


def child(parent: QObject, kind: type[T]) -> T:
    """The child of that kind, which must be there."""
    found = parent.findChild(kind)
    assert found is not None, kind
    return found


@cache
def offline_api() -> Api:
    """A connection to nowhere whose user may do everything and knows the names.

    One for the whole run: grpc's own thread complains when a channel closes while it looks.
    """
    api = Api("unix:/nonexistent/nowhere")
    api.session = session_pb2.Session(id=b"test", name="测试员", permissions=EVERYTHING)
    api.names.learn(names())
    return api
