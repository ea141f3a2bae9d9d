"""People, departments, roles, rights and logs."""

from server.admin.department import DepartmentService
from server.admin.person import PersonService
from server.admin.role import RoleService
from server.admin.session import SessionService

SERVICES = [SessionService, PersonService, DepartmentService, RoleService]
