"""The page of the approval steps: who approves which document, in which order, from when on."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from PySide6.QtWidgets import QWidget

from client.core.api import Api, ApiError
from client.core.fields import ChoiceEditor
from client.core.page import Page
from client.core.settings import Settings
from protos.admin import approval_step_pb2 as pb
from protos.common.list_pb2 import Empty

_SERVICE = pb.DESCRIPTOR.services_by_name["ApprovalStepService"]
_LISTS = {"kind": "kinds", "permission": "permissions"}


class Choice(ChoiceEditor):
    """One of the server's choices for a field; what is set before they arrive is kept."""

    def __init__(
        self, field: FieldDescriptor, api: Api, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(field, {}, parent)
        self._wanted: Any = None
        api.call(_SERVICE.methods_by_name["Choices"], Empty(), self, self._fill, self._refused)

    def set_value(self, value: Any) -> None:
        """Choose a code, at once or as soon as the choices are here."""
        self._wanted = value or None
        if self.box.findData(self._wanted) >= 0:
            super().set_value(self._wanted)

    def value(self) -> Any:
        """The chosen code."""
        return self.box.currentData() if self.box.count() > 1 else self._wanted

    def _fill(self, answer: pb.ApprovalChoices) -> None:
        for each in getattr(answer, _LISTS[self.field.name]):
            self.box.addItem(each.label, each.code)
        super().set_value(self._wanted)

    def _refused(self, error: ApiError) -> None:
        self.box.setEnabled(False)
        self.box.setToolTip(f"可选内容没有取到：{error.text}")


steps = Page(
    title="审批步骤",
    service=_SERVICE,
    filters=["position"],
    columns=[
        "document", "position", "label", "approver", "from_amount", "controlled", "allow_self",
    ],
    form=[
        ["kind", "position"],
        ["label", "permission"],
        ["from_amount", "controlled", "allow_self"],
    ],
    actions=["Delete"],
    widgets={"kind": Choice, "permission": Choice},
    icon="identification-badge",
)  # fmt: skip
