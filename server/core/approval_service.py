"""Shows decisions, history, and what waits for the user."""

from typing import Any

from sqlalchemy import func

from protos import facts
from protos.common import approval_pb2 as pb
from protos.common.list_pb2 import Empty
from server.core import history, waiting
from server.core.approval import decisions_on, message
from server.core.call import Call
from server.core.crud import CrudService
from server.core.registry import readable


class ApprovalService:
    """Open to whoever may read the record."""

    contract = pb.DESCRIPTOR

    def History(self, call: Call, request: pb.HistoryRequest) -> pb.HistoryAnswer:
        """The decisions on and the changes of a record the user may see."""
        service = readable(call, request.service, request.id)
        decisions = [message(d) for d in decisions_on(call.db, request.service, request.id)]
        changes = history.changes(call, service, request.id, decisions)
        return pb.HistoryAnswer(decisions=decisions, changes=changes)

    def Todo(self, call: Call, request: Empty) -> pb.TodoAnswer:
        """What the user may decide on now, of each kind: as many as List shows with `waiting`."""
        todos = [
            _todo(call, name, service)
            for name, service in call.app.registry.by_name.items()
            if isinstance(service, CrudService) and waiting.verbs(call, name)
        ]
        return pb.TodoAnswer(todos=todos)


def _todo(call: Call, name: str, service: CrudService[Any, Any]) -> pb.Todo:
    chosen = service.visible(call).where(waiting.condition(call, service))
    count = call.db.scalar(chosen.with_only_columns(func.count(service.model.id)))
    verbs = waiting.verbs(call, name)
    states = list(dict.fromkeys(s for verb in verbs for s in facts.of_rpc(verb).from_states))
    label = facts.of_service(facts.service(name)).label
    return pb.Todo(service=name, label=label, count=count or 0, states=states)
