"""From what a ruler page shows on paper to the calibration that sets it right."""

from dataclasses import dataclass

from resources.print.core.errors import PrintError
from resources.print.core.overlay import LEAST, MARGIN, MOST, Calibration
from resources.print.core.page import Paper

LAST = 10  # the sheet on which drift is read


@dataclass(frozen=True, slots=True)
class Measured:
    """Where the crosses of a ruler page really lie, in millimetres from the upper left corner.

    `left` and `top` of the first cross, `right` of the one at its right, `bottom` of the one below,
    `last` the height of the first cross on sheet LAST; None if only one sheet was printed.
    """

    left: float
    top: float
    right: float
    bottom: float
    last: float | None = None


def expected(paper: Paper) -> Measured:
    """What a printer that is right shows."""
    return Measured(MARGIN, MARGIN, paper.width - MARGIN, paper.height - MARGIN, MARGIN)


def corrected(known: Calibration, paper: Paper, found: Measured) -> Calibration:
    """The calibration that brings the crosses to their places; printed with `known` before.

    PrintError if the printer is further off than any calibration may mend.
    """
    aim = expected(paper)
    scale_x, dx = _axis(
        known.scale_x, known.dx, (aim.left, aim.right), (found.left, found.right)
    )  # fmt: skip
    scale_y, dy = _axis(
        known.scale_y, known.dy, (aim.top, aim.bottom), (found.top, found.bottom)
    )  # fmt: skip
    drift = known.drift
    if found.last is not None:
        drift += (found.last - found.top) / (LAST - 1)
    try:
        return Calibration(
            round(dx, 2), round(dy, 2), round(scale_x, 4), round(scale_y, 4), round(drift, 3)
        )
    except ValueError as error:
        raise PrintError(
            f"量出来的误差太大（横向 {scale_x:.3f} 倍、纵向 {scale_y:.3f} 倍，"
            f"允许 {LEAST}–{MOST}）。请检查打印时是否缩放了页面，再量一次"
        ) from error


def _axis(
    scale: float, shift: float, aim: tuple[float, float], found: tuple[float, float]
) -> tuple[float, float]:
    """New scale and shift along one axis, from two places and where they came out."""
    stretch = (found[1] - found[0]) / (aim[1] - aim[0]) / scale  # of the printer alone
    if stretch <= 0:
        raise PrintError("量得的位置次序不对：右边、下边的十字要比左上角的远，请再量一次")
    start = found[0] - stretch * (aim[0] * scale + shift)
    return 1 / stretch, -start / stretch
