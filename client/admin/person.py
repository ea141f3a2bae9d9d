"""The page of the people: master data, licences, roles, UKEY, coming and leaving."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from client.admin.grant import GrantDialog
from client.core import dates, operations, verbs
from client.core.api import Api, ApiError, StatusCode
from client.core.form import FormDialog
from client.core.page import Lines, Page
from client.core.view import PageView
from crypto.cert import Certificate
from crypto.errors import CryptoError
from protos.admin import person_pb2 as pb
from protos.admin import role_pb2
from protos.common.list_pb2 import IdRequest, ListRequest

_SERVICE = pb.DESCRIPTOR.services_by_name["PersonService"]
_ROLES = role_pb2.DESCRIPTOR.services_by_name["RoleService"].methods_by_name["List"]
Send = Callable[[Message], None]


def ask_grant(owner: QWidget, api: Api, person: pb.Person, send: Send) -> None:
    """Let the user tick roles for a person as the server has it now, then send."""

    def with_person(current: pb.Person) -> None:
        request = ListRequest(limit=1000, order_by="name")
        api.call(_ROLES, request, owner, lambda roles: show(current, roles))

    def show(current: pb.Person, roles: role_pb2.RoleList) -> None:
        dialog = GrantDialog(current, roles.rows, owner)
        dialog.accepted.connect(lambda: send(dialog.request))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    get = _SERVICE.methods_by_name["Get"]
    api.call(get, IdRequest(id=person.id), owner, with_person)


def ask_certificate(owner: QWidget, api: Api, person: pb.Person, send: Send) -> None:
    """Let the user choose the certificate issued for a person's UKEY, then send."""
    del api
    names = "证书 (*.cer *.crt *.pem *.der)"
    path, _ = QFileDialog.getOpenFileName(owner, f"{person.name}的UKEY证书", "", names)
    if not path:
        return
    try:
        certificate = read_certificate(Path(path))
    except (OSError, CryptoError) as error:
        text = f"这个文件不是可用的证书：{error}"
        operations.show_error(owner, ApiError(StatusCode.INVALID_ARGUMENT, text))
        return
    box = QMessageBox(owner)
    box.setWindowTitle("绑定UKEY")
    box.setText(f"把这张证书绑定给{person.name}（{person.staff_no}）？")
    box.setInformativeText(
        f"证书工号：{certificate.subject_serial}\n序列号：{certificate.serial:x}"
    )
    yes = box.addButton("绑定", QMessageBox.ButtonRole.AcceptRole)
    box.addButton("取消", QMessageBox.ButtonRole.RejectRole)
    request = pb.BindKeyRequest(id=person.id, version=person.version, certificate=certificate.der)
    yes.clicked.connect(lambda _: send(request))
    box.finished.connect(box.deleteLater)
    box.open()


def read_certificate(path: Path) -> Certificate:
    """The certificate in a PEM or DER file; raises OSError or CryptoError."""
    data = path.read_bytes()
    pem = data.lstrip().startswith(b"-----BEGIN")
    return Certificate.from_pem(data) if pem else Certificate.from_der(data)


_ASKS: dict[str, Callable[[QWidget, Api, pb.Person, Send], None]] = {
    "Grant": ask_grant,
    "BindKey": ask_certificate,
}


class PersonView(PageView):
    """The list of people; roles and keys are given by dialogs of their own."""

    def do(self, name: str) -> None:
        """Do a verb to the selected people; roles and keys to one at a time."""
        if name not in _ASKS:
            super().do(name)
            return
        method, chosen = self.page.method(name), self.table.chosen()
        if len(chosen) != 1:
            text = "请只选一个人，再办理这一项"
            operations.show_error(self, ApiError(StatusCode.INVALID_ARGUMENT, text))
        elif not verbs.refusal(self.api, method, chosen):
            subject = f"{chosen[0].name}（{chosen[0].staff_no}）"
            send = partial(self._send, method, subject)
            _ASKS[name](self, self.api, chosen[0], send)

    def _send(self, method: Any, subject: str, request: Message) -> None:
        operations.run(self.api, self, method, request, self._told, subject=subject)

    def _told(self, answer: pb.Person) -> None:
        self._done(answer)
        warn_of_conflicts(self, answer)


class PersonForm(FormDialog):
    """One person; roles and keys are given by dialogs of their own."""

    def _verb(self, name: str) -> None:
        if name not in _ASKS:
            super()._verb(name)
            return
        _ASKS[name](self, self._api, self.record, partial(self._send, self.page.method(name)))

    def _send(self, method: Any, request: Message) -> None:
        operations.run(
            self._api, self, method, request, self._told, self._verb_failed, subject=self.subject()
        )

    def _told(self, answer: pb.Person) -> None:
        self._verb_done(answer)
        warn_of_conflicts(self, answer)


def warn_of_conflicts(owner: QWidget, person: pb.Person) -> None:
    """Say which duties the person now holds that should be apart; nothing if none."""
    if not person.conflicts:
        return
    box = QMessageBox(QMessageBox.Icon.Warning, "职责冲突", "已授权，但有职责冲突，请核对。")
    box.setParent(owner, box.windowFlags())
    box.setInformativeText(person.conflicts)
    box.addButton("知道了", QMessageBox.ButtonRole.AcceptRole)
    box.finished.connect(box.deleteLater)
    box.open()


def _started(record: Any) -> None:
    record.entered_on = dates.today().isoformat()


people = Page(
    title="人员信息",
    service=_SERVICE,
    filters=["staff_no", "name", "kind", "department_id", "state", "phone", "due_on", "post"],
    columns=[
        "staff_no", "name", "kind", "department_id", "post", "title", "phone", "roles", "due_on",
        "due", "entered_on", "state",
    ],
    form=[
        ["staff_no", "name", "kind"],
        ["department_id", "post", "title"],
        ["id_card", "sex", "birth_on"],
        ["phone", "emergency_contact", "emergency_phone"],
        ["shift_group", "entered_on", "left_on"],
        ["driving_class", "driving_expires_on", "insurance_code"],
        ["roles", "certificate_serial", "due_on"],
        ["conflicts"],
        ["remark"],
    ],
    lines=[Lines("licences", ["kind", "number", "issued_on", "expires_on", "issuer"])],
    actions=[
        "Grant", "BindKey", "ResetPassword", "Second", "TakeLeave", "Leave", "Disable", "Enable",
    ],
    view=PersonView,
    dialog=PersonForm,
    defaults=_started,
    sticky=["kind", "department_id", "entered_on"],
    remembered=["kind", "department_id"],
    icon="users",
)  # fmt: skip
