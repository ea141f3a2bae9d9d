"""What was changed of a record since it was read."""

from sqlalchemy import inspect

from server.core.db import Model


def changed(record: Model) -> set[str]:
    """The columns of a stored record that no longer hold what was read; none of a new one."""
    state = inspect(record)
    if not state.persistent:
        return set()
    return {a.key for a in state.attrs if a.history.deleted and a.history.has_changes()}
