"""What a quantity of something costs: pure rules over price items.

Money is fen, every quantity tenths (of a kilometre, a minute, a use); each line is rounded once,
half up, and sums are sums of rounded lines.
"""

from collections.abc import Mapping

from protos.finance.charge_pb2 import Charge as Bill
from protos.finance.price_pb2 import PriceItem as Terms
from server.finance.price import PriceItem

ONE = 10  # tenths

_HOME = frozenset({Terms.VEHICLE, Terms.WAITING, Terms.MATERIAL, Terms.OTHER})
_EMPTY = frozenset({Terms.VEHICLE, Terms.EMERGENCY})
_ALLOWED: Mapping[int, frozenset[int]] = {Bill.HOME: _HOME, Bill.EMPTY_RUN: _EMPTY}


def charged(item: PriceItem, quantity: int) -> int:
    """How much of a quantity is charged: beyond what is free, in whole steps.

    A distance is rounded before the free part is taken off, as the odometer is read; everything
    else after.
    """
    quantity = max(quantity, item.least or 0)
    free, upto = item.free or 0, item.upto or 0
    if item.basis == Terms.PER_KM:
        quantity = in_steps(item, quantity)
        return max(0, min(quantity, upto or quantity) - free)
    return in_steps(item, max(0, min(quantity, upto or quantity) - free))


def in_steps(item: PriceItem, quantity: int) -> int:
    """A quantity in whole steps of the item, upwards or to the nearest."""
    if item.rounding == Terms.UP:
        return -(-quantity // item.step) * item.step
    return (2 * quantity + item.step) // (2 * item.step) * item.step


def cost(item: PriceItem, quantity: int) -> int:
    """Fen for a quantity, rounded half up once, at most the item's cap."""
    amount = (2 * item.price * charged(item, quantity) + item.per) // (2 * item.per)
    return min(amount, item.cap) if item.cap else amount


def units(item: PriceItem, quantity: int) -> int:
    """How many units of the price are charged, in tenths: 90 minutes are 3.0 half hours."""
    return (2 * ONE * charged(item, quantity) + item.per) // (2 * item.per)


def allowed(run_type: int, item: PriceItem) -> bool:
    """Whether a run of that kind may be charged the item; an empty run pays no distance."""
    if run_type == Bill.EMPTY_RUN and item.basis == Terms.PER_KM:
        return False
    return run_type not in _ALLOWED or item.group in _ALLOWED[run_type]


def shares(fees: Mapping[int, int], position: int) -> dict[int, int]:
    """How the first ``position`` fen paid of a bill spread over its fee groups.

    The parts always add up to position; what several payments get by taking differences adds up
    to the whole, without a rounding rest.
    """
    due = sum(fees.values())
    spread, below, done = {}, 0, 0
    for group, fee in fees.items():
        below += fee
        here = position * below // due if due else 0
        spread[group] = here - done
        done = here
    return spread
