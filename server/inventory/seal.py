"""The seal of a posting: a digest of its movements, kept with it and in the chained audit log.

The log gives each seal its place in a chain and, by the signed checkpoints, its signature; so a
movement that was changed, taken out or put in is named by whoever verifies.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from crypto import sm3

POSTING = ("id", "document", "document_id", "action", "revision", "posted_at")
MOVE = (
    "id", "position", "code", "number", "item_id", "lot_id", "lot_no", "source_id", "target_id",
    "quantity", "amount", "unit", "unit_quantity", "factor", "retail_price", "retail_amount",
    "occurred_at", "posted_at", "period", "line_id", "reason", "reverses_id", "task_id", "emr_id",
    "operator_id", "second_operator_id",
)  # fmt: skip


def digest(posting: Any, moves: Sequence[Any]) -> str:
    """SM3, in hex, over a posting and its movements in their order."""
    values = [_values(posting, POSTING), *(_values(move, MOVE) for move in moves)]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return sm3.digest(text.encode()).hex()


def _values(row: Any, names: Sequence[str]) -> list[Any]:
    return [_plain(getattr(row, name)) for name in names]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return int(value) if isinstance(value, int) else value
