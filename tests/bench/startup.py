"""How long the server takes to start, as it is and with three hundred services."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy.orm import Mapped, mapped_column

from protos.admin import department_pb2
from server import config
from server.admin.department import DepartmentService
from server.core.crud import CrudService
from server.core.db import Record
from server.core.run import Running
from server.services import SERVICES
from tests.bench.figures import Figure, most
from tests.bench.world import world

MANY = 300
ROUNDS = 5


def measure() -> Iterator[Figure]:
    """From the command to the first accepted connection."""
    with world() as made:
        for count, bar in ((len(SERVICES), None), (MANY, 3)):
            spans = [_start(made.home, count) for _ in range(ROUNDS)]
            yield most(f"Start with {count} services", statistics.median(spans), "s", bar)


def _start(home: Path, count: int) -> float:
    command = [sys.executable, "-m", "tests.bench.startup", str(home), str(count)]
    begin = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        port = process.stdout.readline()
        spent = time.perf_counter() - begin
        process.communicate()
    assert int(port)
    return spent


# in the other process


def main(home: Path, count: int) -> None:
    """Start with so many services, say so, end when told."""
    SERVICES.extend(service(number) for number in range(count - len(SERVICES)))
    running = Running(config.load(home=home, port=0, log_level="ERROR"))
    running.start()
    print(running.port, flush=True)
    sys.stdin.read()
    running.stop(1)


def service(number: int) -> type[CrudService[Any, Any]]:
    """A service with a contract, a table and all handlers of its own, like that of departments."""
    file = contract(number)
    message, page = (
        GetMessageClass(file.message_types_by_name[name])
        for name in ("Department", "DepartmentList")
    )
    place = {"model": table(number), "message": message, "page": page, "__module__": __name__}
    return type("DepartmentService", (DepartmentService,), place)


def contract(number: int) -> Any:
    """The file of departments once more, in a package of its own."""
    copy = descriptor_pb2.FileDescriptorProto()
    department_pb2.DESCRIPTOR.CopyToProto(copy)
    old, copy.name, copy.package = copy.package, f"bench/{number}.proto", f"bench{number}"
    for message in copy.message_type:
        for field in filter(lambda field: field.type_name, message.field):
            field.type_name = field.type_name.replace(f".{old}.", f".{copy.package}.")
    for method in copy.service[0].method:
        method.input_type = method.input_type.replace(f".{old}.", f".{copy.package}.")
        method.output_type = method.output_type.replace(f".{old}.", f".{copy.package}.")
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(copy.SerializeToString())
    return pool.FindFileByName(copy.name)


def table(number: int) -> type[Record]:
    """A table with the columns of a small record."""
    columns: dict[str, Any] = {
        "__tablename__": f"bench_{number}",
        "__module__": __name__,
        "__annotations__": {
            **dict.fromkeys(("code", "name", "path", "codes"), Mapped[str]),
            **dict.fromkeys(("kind", "state", "position"), Mapped[int]),
            "parent_id": Mapped[int | None],
        },
        "code": mapped_column(unique=True),
        "kind": mapped_column(index=True),
    }
    return type(f"Bench{number}", (Record,), columns)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
