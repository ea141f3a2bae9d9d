"""What the printed stock bills share."""

from collections.abc import Mapping, Sequence
from datetime import date

from resources.print.core.amounts import capital, yuan
from resources.print.core.table import Column


def day(text: str) -> str:
    """A wire date as printed; a dash when there is none."""
    return date.fromisoformat(text).strftime("%Y.%m.%d") if text else "—"


def money(fen: int, width: int) -> list[str]:
    """The totals row of a table so many columns wide: capitals, then figures in the last."""
    return [f"合计（大写）{capital(fen)}", *[""] * (width - 2), yuan(fen)]


def barcode(number: str) -> str:
    """A document number as its bar code carries it."""
    return number.replace("-", "")


def sums(fen: int, columns: Sequence[Column], at: Mapping[str, str]) -> list[str]:
    """The totals row of a table: capitals of an amount, then texts under their columns."""
    labels = [column.label for column in columns]
    first = min(labels.index(label) for label in at)
    texts = [at.get(label) or " " for label in labels[first:]]  # a blank is not joined to its left
    return [f"合计（大写）{capital(fen)}", *[""] * (first - 1), *texts]


def price(fen: int, quantity: int) -> str:
    """The price of one, in yuan; to a hundredth of a fen where it does not come out even."""
    if not quantity:
        return ""
    if fen % quantity == 0:
        return yuan(fen // quantity)
    parts = (2 * fen * 100 + quantity) // (2 * quantity)
    return f"{parts // 10000:,}.{parts % 10000:04d}"


def packed(units: int, factor: int, unit: str, base_unit: str) -> str:
    """Smallest units as a number of the unit of their line, named where they fill none."""
    if not units:
        return ""
    if factor and units % factor == 0:
        return str(units // factor)
    return f"{units}{base_unit}" if unit != base_unit else str(units)
