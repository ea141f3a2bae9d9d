"""People, departments, roles, permissions, deputies, logins and the audit log."""

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
    people, departments, roles, permissions, deputies, logins, printouts, entries
]  # fmt: skip
