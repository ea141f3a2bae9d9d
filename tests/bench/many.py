"""A server with more services than there are: ``python -m tests.bench.many HOME COUNT``.

The further ones are made from that of departments, each with a contract, a table and handlers of
its own. Nothing but the server is imported, for the time it takes to start is measured.
"""

import sys
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
