"""Lines whose lot may be chosen or scanned out of turn, for a reason."""

from collections.abc import Iterator, Sequence

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from protos.facts import Fault
from server.core.call import Call
from server.core.errors import Invalid
from server.core.numbering import shanghai_date
from server.inventory import picking, reasons, trace
from server.inventory.ledger_tables import Lot
from server.inventory.picking import Choice
from server.inventory.refusals import LotBlocked, refuse
from server.inventory.taking import TakenLine


class ChosenLine(TakenLine):
    """A line that says why its lot is not the one whose turn it is, and the codes scanned."""

    __abstract__ = True

    reason: Mapped[str] = mapped_column(String(20), default="")
    reason_note: Mapped[str] = mapped_column(String(40), default="")
    trace_codes: Mapped[str] = mapped_column(String(4000), default="")


def why(line: ChosenLine) -> str:
    """The reason in words, for the ledger; empty where lots left by turn."""
    return reasons.said("pick_reason", line.reason, line.reason_note) if line.reason else ""


def refuse_skipping(lines: Sequence[ChosenLine], choices: Sequence[Choice]) -> None:
    """Raises Invalid for lots chosen out of turn without saying why."""
    refuse(list(_skip_faults(lines, choices)))


def _skip_faults(lines: Sequence[ChosenLine], choices: Sequence[Choice]) -> Iterator[Fault]:
    for choice in choices:
        path = f"lines[{choice.row}].reason"
        if choice.skipped and not lines[choice.row].reason:
            yield Fault(path, "没有用先到期的批次，请选择换批原因或清空批次")
        elif lines[choice.row].reason:
            reasons.refuse_unknown("pick_reason", lines[choice.row].reason, path)


def refuse_blocked(call: Call, lines: Sequence[ChosenLine]) -> None:
    """Refuse lots that were recalled or held, or ran out, after they were reserved.

    Asked once the balances are locked, so a recall is either seen here or waits for the goods.
    """
    chosen = select(Lot).where(Lot.id.in_([line.lot_id for line in lines]))
    for lot in call.db.scalars(chosen.execution_options(populate_existing=True)):
        stopped = picking.blocked(lot, shanghai_date(call.now))
        if stopped:
            raise LotBlocked(f"{lot.item_name} 批号{lot.lot_no}", stopped)


def take_scanned(call: Call, place: int, lines: Sequence[ChosenLine]) -> None:
    """Scanned codes decide the lot of their line; raises Invalid where they do not fit it."""
    for row, line in enumerate(lines):
        codes = trace.parse(line.trace_codes)
        if not codes:
            continue
        there = trace.codes_at(call.db, place, codes)
        missing = sorted(set(codes) - {code.code for code, _ in there})
        text = ""
        if missing:
            text = f"追溯码{missing[0]}不在发出的仓库，请核对实物"
        elif len({code.lot_id for code, _ in there}) > 1:
            text = "这些追溯码属于不同批次，请分成几行"
        elif there[0][0].item_id != line.item_id:
            text = "追溯码不是这种物资的，请核对"
        elif sum(units for _, units in there[:-1]) >= line.base_quantity:
            text = "扫的追溯码比数量多，请删去多扫的或改数量"
        if text:
            raise Invalid.at(f"lines[{row}].trace_codes", text)
        line.lot_id, line.reason = there[0][0].lot_id, line.reason or "scanned"
