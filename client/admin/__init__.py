"""People, departments, roles, permissions, deputies, steps, logins and the audit log."""

from client.admin.approval_step import steps
from client.admin.audit import entries
from client.admin.department import departments
from client.admin.deputy import deputies
from client.admin.login import logins
from client.admin.permission import permissions
from client.admin.person import people
from client.admin.printout import printouts
from client.admin.role import roles
from client.core.page import Page

PAGES: list[Page] = [
    people, departments, roles, permissions, deputies, steps, logins, printouts, entries
]  # fmt: skip
