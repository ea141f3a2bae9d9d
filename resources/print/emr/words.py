"""Parts of a case record as the printed forms word them."""

from collections.abc import Iterable
from typing import Any

from protos.emr import case_record_pb2 as pb
from resources.emr import scores
from resources.emr.words import clock, code_text, said

_STATES = {
    pb.REFUSED: "拒测",
    pb.NOT_DONE: "未测",
    pb.UNABLE: "测不出",
    pb.TOO_LOW: "Lo",
    pb.TOO_HIGH: "Hi",
    pb.NOT_APPLICABLE: "/",
    pb.NORMAL: "正常",
}


def sentence(parts: Iterable[str]) -> str:
    """Parts that are not empty, one after the other."""
    return "；".join(part for part in parts if part)


def with_note(text: str, note: str) -> str:
    """A choice and the words beside it."""
    return f"{text}（{note}）" if text and note else text or note


def measured(row: Any, name: str, state: str = "") -> str:
    """A measurement with its unit left out, or why there is none."""
    if row.HasField(name):
        return said(row, name)
    return _STATES.get(getattr(row, state or f"{name}_state", pb.UNSET), "")


def pressure(row: pb.VitalSet) -> str:
    """Blood pressure, systolic first: 120/80 mmHg and in kPa."""
    if row.HasField("sbp") and row.HasField("dbp"):
        return f"{row.sbp}/{row.dbp}（{kilopascal(row.sbp)}/{kilopascal(row.dbp)}kPa）"
    return _STATES.get(row.bp_state, "")


def kilopascal(mmhg: int) -> str:
    """mmHg ÷ 7.5 with one decimal, halves upward."""
    tenths = (mmhg * 8 + 3) // 6
    return f"{tenths // 10}.{tenths % 10}"


def age(record: pb.CaseRecord) -> str:
    """67岁; the unit alone where the age is not known."""
    unit = said(record, "age_unit")
    return f"{record.age}{unit}" if record.HasField("age") else unit


def exam_text(item: pb.ExamItem) -> str:
    """One item: 瞳孔：不等（左3.0mm 右5.0mm，…）."""
    found = "、".join(code_text(f"emr_exam_{item.item}", code) for code in item.findings)
    if item.state in (pb.REFUSED, pb.NOT_DONE):
        reason = said(item, "not_done_reason")
        found = "拒查" if item.state == pb.REFUSED else with_note("未查", reason)
    elif not found:
        found = said(item, "state") if item.state else ""
    sides = " ".join(
        f"{side}{said(item, name)}mm"
        for side, name in (("左", "left"), ("右", "right"))
        if item.HasField(name)  # type: ignore[arg-type]
    )
    notes = "，".join(part for part in (sides, item.note) if part)
    return f"{said(item, 'item')}：{with_note(found, notes)}"


def score_text(score: pb.Score) -> str:
    """格拉斯哥昏迷指数 13分 轻度（睁眼3 语言4 运动6）."""
    result = scores.compute(score.scale, score.picks)
    parts = " ".join(
        f"{c.label}{'+'.join(result.picks[c.code])}"
        for c in result.scale.components
        if c.code in result.picks
    )
    return f"{result.scale.name} {result.text}（{parts}）"


def treatment_name(row: pb.Treatment) -> str:
    """What was done, given, used or lost."""
    if row.kind == pb.Treatment.MEASURE:
        return said(row, "measure")
    lost = row.kind in (pb.Treatment.LOST_DRUG, pb.Treatment.LOST_CONSUMABLE)
    return f"{'损耗：' if lost else ''}{row.item_name}"


def treatment_detail(row: pb.Treatment) -> str:
    """Dose, route, lot, reaction and remarks of one row."""
    return sentence(
        (
            " ".join(part for part in (row.dose, said(row, "route")) if part),
            f"批号{row.lot_no}" if row.lot_no else "",
            row.residual,
            said(row, "response"),
            said(row, "loss_reason"),
            row.note,
        )
    )


def diagnoses(record: pb.CaseRecord) -> str:
    """1.急性冠脉综合征？ 2.…"""
    texts = (
        (each.text if each.code == "other" else with_note(said(each, "code"), each.text))
        + ("" if each.certain or said(each, "code").endswith(("？", "待查")) else "？")
        for each in record.diagnoses
    )
    return "　".join(f"{number}.{text}" for number, text in enumerate(texts, 1))


def when(record: Any, name: str) -> str:
    """A time of the record, empty if there is none."""
    return clock(getattr(record, name)) if record.HasField(name) else ""
