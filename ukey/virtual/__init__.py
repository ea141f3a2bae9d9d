"""The software UKEY, for demonstrations and tests; refused in normal operation.

Its key lies in a file that whoever can read it can copy: it shows the ways of a token, not its
protection.
"""

import os

from ukey.errors import CardError
from ukey.key import VIRTUAL_VARIABLE

NOTICE = "正在使用软件 UKEY，仅供演示和测试，不提供硬件保护"


def require_allowed() -> None:
    """Raise CardError unless AMB_VIRTUAL_UKEY allows the software UKEY (`allow`, or a folder)."""
    if not os.environ.get(VIRTUAL_VARIABLE):
        raise CardError(
            0, f"软件 UKEY 仅供演示和测试；确需使用时请设置环境变量 {VIRTUAL_VARIABLE}=allow"
        )
