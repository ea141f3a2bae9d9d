"""Numbers of the stock documents: gapless for each organisation and day."""

from server.admin.department import Department
from server.core.call import Call
from server.core.numbering import document_number

LENGTH = 30  # of a number: prefix, a department's code, the day, the count


def stock_number(call: Call, prefix: str) -> str:
    """A number such as RKFZ10120261124-0007, of the department of who takes it."""
    department = call.db.get(Department, call.user.department_id)
    return document_number(call, prefix, org=department.code if department else "")
