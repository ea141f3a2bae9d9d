"""The refusals a service may answer with; anything else that is raised is a bug of ours."""

import grpc

from protos.facts import Fault


class BusinessError(Exception):
    """The request is refused; the text says why and what to do next, in Chinese."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Invalid(BusinessError):
    """Something entered is wrong: one text for each field, shown beside it."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, *faults: Fault) -> None:
        super().__init__("；".join(fault.text for fault in faults))
        self.faults = faults

    @classmethod
    def at(cls, path: str, text: str) -> "Invalid":
        """One fault at one field."""
        return cls(Fault(path, text))


class NotFound(BusinessError):
    """No such record, or none this user may see."""

    code = grpc.StatusCode.NOT_FOUND


class Forbidden(BusinessError):
    """The user may not do this."""

    code = grpc.StatusCode.PERMISSION_DENIED


class NotLoggedIn(BusinessError):
    """There is no session, or it is over, locked or bound to another connection."""

    code = grpc.StatusCode.UNAUTHENTICATED


class Stale(BusinessError):
    """Somebody else changed the record since it was read."""

    code = grpc.StatusCode.ABORTED

    def __init__(self, text: str = "记录已被他人修改，请刷新后重试") -> None:
        super().__init__(text)


class WrongState(BusinessError):
    """The record is not in a state in which this can be done."""


class SelfDecision(BusinessError):
    """Somebody wants to decide on what he made himself."""


class TooLarge(BusinessError):
    """More was sent than one call may carry."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
