"""The areas of the client in the order of the menu, and the pages of each, imported when shown."""

from collections.abc import Sequence
from typing import NamedTuple

from client.core.page import Page


class Area(NamedTuple):
    """A heading of the menu, and what `python -m client NAME` shows alone."""

    name: str
    title: str
    icon: str


AREAS = (
    Area("dispatch", "调度", "phone-call"),
    Area("emr", "电子病历", "first-aid-kit"),
    Area("finance", "收费财务", "receipt"),
    Area("inventory", "物资药品", "package"),
    Area("vehicles", "车辆", "truck"),
    Area("statistics", "统计", "chart-bar"),
    Area("admin", "系统管理", "gear"),
)


def area(name: str) -> Area:
    """The area of that name; KeyError if there is none."""
    return next((each for each in AREAS if each.name == name), None) or _unknown(name)


def pages(name: str) -> Sequence[Page]:
    """The pages of an area in the order of its menu.

    Each import is written out, so that packagers see it, and runs when the area is first shown.
    """
    match name:
        case "admin":
            from client import admin

            return admin.PAGES
        case "dispatch":
            from client import dispatch

            return dispatch.PAGES
        case "emr":
            from client import emr

            return emr.PAGES
        case "finance":
            from client import finance

            return finance.PAGES
        case "inventory":
            from client import inventory

            return inventory.PAGES
        case "vehicles":
            from client import vehicles

            return vehicles.PAGES
        case _:
            return ()


def _unknown(name: str) -> Area:
    raise KeyError(name)
