"""What quantities cost: tables of the chapter's own figures."""

from datetime import date

import pytest

from protos.finance.charge_pb2 import Charge as Bill
from protos.finance.price_pb2 import PriceItem as Terms
from server.core.errors import BusinessError, Invalid
from server.finance import pricing
from server.finance.bill import Charge, ChargeLine, compute, measure
from server.finance.price import PriceList, list_faults, refuse_backdating
from tests.finance.world import item, tariff

KM = tariff()[1]
KM_WHOLE = item("VEH-KM", Terms.VEHICLE, Terms.PER_KM, 700, free=30)
WAIT = tariff()[2]
DRUG = tariff()[5]


@pytest.mark.parametrize(
    ("tenths", "fen"), [(0, 0), (24, 0), (30, 0), (31, 70), (126, 6720), (1000, 67900)]
)
def test_kilometres_beyond_the_first_three(tenths: int, fen: int) -> None:
    assert pricing.cost(KM, tenths) == fen


def test_whole_kilometres_round_up_before_the_free_ones_are_taken_off() -> None:
    assert pricing.cost(KM_WHOLE, 126) == 7000  # 13 km: 30.00 + 70.00 = 100.00


@pytest.mark.parametrize(
    ("minutes", "fen"), [(0, 0), (1, 4000), (30, 4000), (31, 8000), (60, 8000), (61, 12000)]
)
def test_waiting_by_the_half_hour(minutes: int, fen: int) -> None:
    assert pricing.cost(WAIT, minutes * 10) == fen


def test_free_minutes_come_off_before_rounding() -> None:
    free = item("W", Terms.WAITING, Terms.PER_MINUTE, 4000, per=300, step=300, free=100)
    assert [pricing.cost(free, m * 10) for m in (10, 11, 40, 41)] == [0, 4000, 4000, 8000]


def test_a_line_shows_units_of_its_price() -> None:
    assert pricing.units(WAIT, 350) == 20  # two half hours
    assert pricing.units(KM, 126) == 96
    assert pricing.units(DRUG, 120) == 20


@pytest.mark.parametrize(("uses", "fen"), [(7, 1250), (10, 1250), (12, 2500)])
def test_packs_are_charged_whole(uses: int, fen: int) -> None:
    assert pricing.cost(DRUG, uses * 10) == fen


@pytest.mark.parametrize(
    ("values", "quantity", "fen"),
    [
        ({"fen": 37}, 30, 111),
        ({"fen": 20000, "cap": 15000}, 10, 15000),
        ({"fen": 1000, "upto": 20}, 50, 2000),  # at most two times
        ({"fen": 1000, "least": 30}, 10, 3000),  # at least three
        ({"fen": 333, "per": 20, "step": 1}, 15, 250),  # 2.4975 yuan, half up
    ],
)
def test_limits_and_rounding(values: dict[str, int], quantity: int, fen: int) -> None:
    values = dict(values)
    price = values.pop("fen")
    assert pricing.cost(item("X", Terms.OTHER, Terms.PER_USE, price, **values), quantity) == fen


def test_tiers_are_items_that_follow_each_other() -> None:
    near = item("K1", Terms.VEHICLE, Terms.PER_KM, 700, step=1, free=30, upto=100)
    far = item("K2", Terms.VEHICLE, Terms.PER_KM, 500, step=1, free=100)
    assert pricing.cost(near, 150) + pricing.cost(far, 150) == 7 * 700 + 5 * 500


def make(km: int = 126, minutes: int = 0, kind: int = Bill.EMERGENCY, **lines: int) -> Charge:
    charge = Charge(
        run_type=kind, charge_km=0, waiting_minutes=minutes, edit_reason="", reduction=0,
    )  # fmt: skip
    charge.lines = [ChargeLine(code=c.replace("_", "-"), quantity=q) for c, q in lines.items()]
    measure(charge, km)
    return charge


def price_list() -> PriceList:
    return PriceList(items=tariff(), from_on=date(2026, 1, 1), until_on=None)


def test_the_acceptance_example_adds_up() -> None:
    charge = make(126, 35, EMS_CALL=10, TRT_S=10, DRUG_1=70)
    compute(charge, price_list())
    assert charge.vehicle_fee == 9720
    assert charge.waiting_fee == 8000
    assert charge.due == charge.payable == 24970
    assert [line.position for line in charge.lines] == [1, 2, 3, 4, 5, 6]


def test_uses_of_one_item_are_summed_before_they_are_rounded() -> None:
    charge = make(0, EMS_CALL=10)
    charge.lines += [ChargeLine(code="DRUG-1", quantity=q) for q in (30, 40)]
    compute(charge, price_list())
    assert charge.drug_fee == 1250


def test_an_empty_run_pays_no_distance_and_refuses_drugs() -> None:
    charge = make(126, kind=Bill.EMPTY_RUN, EMS_CALL=10)
    compute(charge, price_list())
    assert charge.due == 6000
    charge.lines.append(ChargeLine(code="DRUG-1", quantity=10))
    with pytest.raises(Invalid) as refused:
        compute(charge, price_list())
    assert refused.value.faults[0].path == "lines[2].price_item_id"


def test_the_odometer_goes_before_the_task_and_never_back() -> None:
    charge = Charge(
        odo_out=1000, odo_scene=1100, odo_hospital=1226, odo_back=1300, charge_km=0, edit_reason=""
    )
    measure(charge, 999)
    assert (charge.one_way_km, charge.charge_km) == (126, 126)
    charge.odo_back = 1200
    with pytest.raises(Invalid, match="路码不能小于前一个路码"):
        measure(charge, 999)


def test_another_distance_needs_its_reason() -> None:
    charge = make(126)
    charge.charge_km = 130
    with pytest.raises(Invalid, match="改动原因"):
        measure(charge, 126)
    charge.edit_reason = "绕行施工路段"
    measure(charge, 126)
    assert (charge.one_way_km, charge.charge_km) == (126, 130)


@pytest.mark.parametrize("payments", [[24970], [10000, 14970], [1, 1, 24968], [24970, -24970]])
def test_payments_spread_over_the_fees_without_a_rest(payments: list[int]) -> None:
    fees = {1: 9720, 2: 8000, 3: 3000, 4: 1250, 7: 3000}
    position, sums = 0, dict.fromkeys(fees, 0)
    for amount in payments:
        before, position = pricing.shares(fees, position), position + amount
        parts = {g: part - before[g] for g, part in pricing.shares(fees, position).items()}
        assert sum(parts.values()) == amount
        sums = {g: sums[g] + parts[g] for g in fees}
    assert sums == (fees if position else dict.fromkeys(fees, 0))


def test_a_price_list_names_its_faults() -> None:
    bad = price_list()
    bad.until_on = date(2025, 1, 1)
    bad.items.append(item("VEH-KM", Terms.VEHICLE, Terms.PER_KM, 100, free=30, upto=30))
    assert {fault.path for fault in list_faults(bad)} == {
        "until_on",
        "items[6].code",
        "items[6].upto",
    }


def test_a_version_never_takes_effect_in_the_past() -> None:
    with pytest.raises(BusinessError, match="生效日期2026-01-01已过"):
        refuse_backdating(price_list(), date(2026, 1, 2), first=False)
    refuse_backdating(price_list(), date(2026, 1, 2), first=True)
    refuse_backdating(price_list(), date(2026, 1, 1), first=False)
