"""The page of the logins: who is there, who was, who was refused."""

from client.core.page import Page
from protos.admin import login_pb2 as pb

logins = Page(
    title="登录日志",
    service=pb.DESCRIPTOR.services_by_name["LoginService"],
    filters=["began_at", "staff_no", "user_name", "department_id", "way", "workstation", "state"],
    columns=[
        "began_at", "staff_no", "user_name", "department_id", "way", "workstation", "state",
        "seen_at", "ended_at", "reason",
    ],
    actions=["Kick"],
    icon="sign-in",
)  # fmt: skip
