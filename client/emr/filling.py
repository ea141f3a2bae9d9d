"""The form of a case record at a desk: what the task knows is filled in once it is chosen."""

from typing import Any

from client.core.api import ApiError
from client.core.form import FormDialog
from protos.common.list_pb2 import IdRequest
from protos.dispatch import task_pb2
from resources.emr.prefill import prefill

_GET = task_pb2.DESCRIPTOR.services_by_name["TaskService"].methods_by_name["Get"]


class RecordForm(FormDialog):
    """Takes patient, places and times over from the task into fields nobody typed in yet."""

    def _bind(self) -> None:
        super()._bind()
        editor = self.body.boxes["task_id"].editor
        assert editor is not None
        editor.changed.connect(self._ask_task)

    def _ask_task(self) -> None:
        editor = self.body.boxes["task_id"].editor
        task_id = editor.value() if editor is not None else None
        if self.is_stored or not task_id or not self._api.can(_GET):
            return
        self.note.setText("正在取任务信息…")
        self._api.call(_GET, IdRequest(id=task_id), self, self._filled, self._not_filled)

    def _filled(self, task: Any) -> None:
        editor = self.body.boxes["task_id"].editor
        if self.is_stored or editor is None or editor.value() != task.id:
            return  # another task was chosen meanwhile
        typed = self.collect()
        known = prefill(task)
        known.MergeFrom(typed)
        touched = [f.name for f, _ in typed.ListFields() if f.name in self.body.boxes]
        self.propose(known, *touched)
        self.note.setText("已带出任务信息，请核对")

    def _not_filled(self, error: ApiError) -> None:
        self.note.setText("")
        self.problems.say(error.text)
