"""What the printed stock bills share."""

from datetime import date

from resources.print.core.amounts import capital, yuan


def day(text: str) -> str:
    """A wire date as printed; a dash when there is none."""
    return date.fromisoformat(text).strftime("%Y.%m.%d") if text else "—"


def money(fen: int, width: int) -> list[str]:
    """The totals row of a table so many columns wide: capitals, then figures in the last."""
    return [f"合计（大写）{capital(fen)}", *[""] * (width - 2), yuan(fen)]


def barcode(number: str) -> str:
    """A document number as its bar code carries it."""
    return number.replace("-", "")
