"""The score tables: every option, every edge of every band, what is refused."""

import itertools

import pytest

from resources.emr import scores
from resources.emr.scores import APGAR, GCS, SCALES, TI_1971, TI_CN, TI_SH2015, BadPick, compute


def gcs(eye: int | str, verbal: int | str, motor: int | str) -> scores.Result:
    return compute("GCS", [f"eye:{eye}", f"verbal:{verbal}", f"motor:{motor}"])


def ti(*groups: tuple[int, ...]) -> scores.Result:
    picks = zip(TI_SH2015.components, groups, strict=True)
    return compute("TI-SH2015", [f"{c.code}:{n}" for c, points in picks for n in points])


def test_every_coma_score_is_the_sum_of_its_parts() -> None:
    for eye, verbal, motor in itertools.product(range(1, 5), range(1, 6), range(1, 7)):
        result = gcs(eye, verbal, motor)
        assert result.total == eye + verbal + motor
        assert result.band is not None


@pytest.mark.parametrize(
    ("scale", "edges"),
    [
        (GCS, {3: "重度昏迷", 8: "重度昏迷", 9: "中度", 12: "中度", 13: "轻度", 15: "轻度"}),
        (TI_SH2015, {5: "轻度", 7: "轻度", 8: "中度", 9: "中度", 10: "需收住院，单系统损伤",
                     16: "需收住院，单系统损伤", 17: "多系统损伤，有死亡危险",
                     20: "多系统损伤，有死亡危险", 21: "极重，危及生命", 70: "极重，危及生命"}),
        (TI_1971, {5: "轻度", 7: "轻度", 8: "中度", 18: "中度", 19: "重度", 30: "重度"}),
        (TI_CN, {5: "轻度", 9: "轻度", 10: "中度", 16: "中度", 17: "重度", 30: "重度"}),
        (APGAR, {0: "重度窒息", 3: "重度窒息", 4: "轻度窒息", 7: "轻度窒息", 8: "正常",
                 10: "正常"}),
    ],
    ids=lambda value: getattr(value, "code", ""),
)  # fmt: skip
def test_bands_at_their_edges(scale: scores.Scale, edges: dict[int, str]) -> None:
    assert {total: scores.band_of(scale, total).label for total in edges} == edges
    assert (scale.lowest, scale.highest) == (min(edges), max(edges))


@pytest.mark.parametrize("scale", SCALES.values(), ids=list(SCALES))
def test_every_total_lies_in_one_band(scale: scores.Scale) -> None:
    lows = [band.low for band in scale.bands]
    assert lows == sorted(set(lows))
    assert lows[0] <= scale.lowest
    assert all(scores.band_of(scale, n) in scale.bands for n in range(lows[0], scale.highest + 1))


def test_vectors_of_the_dossier() -> None:
    assert gcs(3, 4, 6).total == 13
    assert ti((4, 6), (4,), (3,), (1,), (3,)).total == 21
    exactly = ti((4,), (3,), (1,), (1,), (1,))
    assert exactly.total == 10
    assert exactly.band is not None
    assert exactly.band.critical
    newborn = compute("APGAR", [f"{c.code}:0" for c in APGAR.components])
    assert newborn.total == 0
    assert newborn.text == "0分 重度窒息"
    assert scores.revised_trauma(8, 80, 32) == (8, 49438)


def test_what_cannot_be_tested_leaves_no_total() -> None:
    result = gcs(1, "NT", 4)
    assert result.total is None
    assert result.text == "E1 VT M4"


def test_an_unfinished_score_has_no_total_and_says_so() -> None:
    result = compute("GCS", ["eye:3", "motor:6"])
    assert (result.total, result.band) == (None, None)
    assert result.text == "未完成（2/3）"
    assert compute("GCS", []).text == "未完成（0/3）"


@pytest.mark.parametrize(
    ("code", "picks", "text"),
    [
        ("GCS", ["eye:5"], "睁眼没有“5”分"),
        ("GCS", ["eye:3", "eye:4"], "只能选一项"),
        ("GCS", ["ear:1"], "没有“ear”这一项"),
        ("GCS", ["eye"], "没有“”分"),
        ("TI-SH2015", ["region:2"], "部位没有“2”分"),
        ("TI-SH2015", ["region:NT"], "没有“NT”分"),
        ("TI-SH2015", ["region:4", "region:4"], "只能选一项"),
        ("TI-1971", ["region:4", "region:6"], "只能选一项"),
        ("SOFA", [], "没有“SOFA”这种评分"),
    ],
)
def test_what_is_no_option_is_refused(code: str, picks: list[str], text: str) -> None:
    with pytest.raises(BadPick, match=text):
        compute(code, picks)


def test_two_grades_of_one_thing_are_pointed_out() -> None:
    assert scores.mixed_grades(ti((4, 6), (4,), (3, 4), (1,), (3,))) == ["循环"]
    assert scores.mixed_grades(ti((4, 6), (4,), (3,), (1,), (3,))) == []


@pytest.mark.parametrize(
    ("gcs_total", "systolic", "breaths", "triage"),
    [
        (15, 120, 16, 12), (13, 90, 10, 12), (12, 89, 29, 10), (9, 76, 30, 9),
        (8, 75, 9, 6), (6, 50, 6, 6), (5, 49, 5, 3), (4, 1, 1, 3), (3, 0, 0, 0),
    ],
)  # fmt: skip
def test_revised_trauma_edges(gcs_total: int, systolic: int, breaths: int, triage: int) -> None:
    assert scores.revised_trauma(gcs_total, systolic, breaths)[0] == triage
