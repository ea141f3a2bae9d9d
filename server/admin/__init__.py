"""People, departments, roles, rights and logs."""

from server.admin.approval_step import ApprovalStepService
from server.admin.audit import AuditService
from server.admin.department import DepartmentService
from server.admin.deputy import DeputyService
from server.admin.login_log import LoginService
from server.admin.permission import PermissionService
from server.admin.person import PersonService
from server.admin.preference import PreferenceService
from server.admin.printout import PrintoutService
from server.admin.role import RoleService
from server.admin.session import SessionService

SERVICES: list[type] = [
    SessionService,
    PersonService,
    DepartmentService,
    RoleService,
    PermissionService,
    DeputyService,
    ApprovalStepService,
    LoginService,
    AuditService,
    PreferenceService,
    PrintoutService,
]
