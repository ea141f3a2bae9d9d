"""The rules of a case record, run on the device without a network and again on the server.

Form rules hold at every save. Submit rules hold when the doctor signs: an ERROR refuses, a WARNING
must be acknowledged by its id. Ids are those of the quality department (Q-01 …).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import pairwise

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from protos import facts
from protos.emr import case_record_pb2 as pb
from protos.facts import Fault, Kind
from resources.dictionaries import codes
from resources.emr import scores

R = pb.CaseRecord
CLOCKS = timedelta(minutes=2)
_CARE = (R.RESCUE, R.URGENT_TRANSFER, R.TRANSFER)
_PATIENT = (*_CARE, R.HOME)
_BEFORE, _AFTER = timedelta(minutes=5), timedelta(minutes=15)
_EXCLUSIVE = ("none", "unknown")
_ALLOWED = {
    "1": (R.HOME, R.EMPTY_RUN),
    "2": (R.URGENT_TRANSFER, R.TRANSFER, R.HOME, R.INCUBATOR, R.EMPTY_RUN),
}


class Severity(Enum):
    """What a finding does to signing."""

    ERROR = "必须改正"
    WARNING = "请确认"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold: its id, how grave, where and why."""

    rule: str
    severity: Severity
    fault: Fault


# At every save ------------------------------------------------------------------------------


def form_faults(record: R) -> list[Fault]:
    """What may not even be saved: unknown codes, contradictions, impossible scores."""
    return [
        *_unknown_codes(record, ""),
        *_exclusive(record),
        *_pressures(record),
        *_scores(record),
        *_exam(record),
        *_treatments(record),
    ]


def _unknown_codes(message: Message, prefix: str) -> Iterator[Fault]:
    for field in facts.fields(message.DESCRIPTOR):
        dictionary = facts.of_field(field).dictionary
        if dictionary:
            value = getattr(message, field.name)
            for code in value if field.is_repeated else [value]:
                if code and code not in codes(dictionary):
                    text = f"{facts.label(field)}没有“{code}”这个选项，请重新选择"
                    yield Fault(prefix + field.name, text)
        elif field.is_repeated and facts.kind(field) is Kind.MESSAGE:
            for number, line in enumerate(getattr(message, field.name)):
                yield from _unknown_codes(line, f"{prefix}{field.name}[{number}].")


def _exclusive(record: R) -> Iterator[Fault]:
    for name in ("past_history", "self_help"):
        values = list(getattr(record, name))
        if len(values) > 1 and any(value in _EXCLUSIVE for value in values):
            label = facts.label(facts.field_named(record.DESCRIPTOR, name))
            yield Fault(name, f"{label}选了“无”或“不详”，就不能再选其他")


def _pressures(record: R) -> Iterator[Fault]:
    for number, each in enumerate(record.vital_sets):
        if each.HasField("sbp") and each.HasField("dbp") and each.dbp > each.sbp:
            yield Fault(f"vital_sets[{number}].dbp", "舒张压不能高于收缩压")
    both = record.HasField("handover_sbp") and record.HasField("handover_dbp")
    if both and record.handover_dbp > record.handover_sbp:
        yield Fault("handover_dbp", "交接时舒张压不能高于收缩压")


def _scores(record: R) -> Iterator[Fault]:
    for number, each in enumerate(record.scores):
        try:
            total = scores.compute(each.scale, each.picks).total
        except scores.BadPick as bad:
            yield Fault(f"scores[{number}].picks", str(bad))
            continue
        if each.HasField("total") and each.total != total:
            text = f"总分应为{total}" if total is not None else "评分未完成，不能有总分"
            yield Fault(f"scores[{number}].total", text)


def _exam(record: R) -> Iterator[Fault]:
    silent = (pb.UNSET, pb.REFUSED, pb.NOT_DONE, pb.NOT_APPLICABLE)
    for number, each in enumerate(record.exam_items):
        path = f"exam_items[{number}].findings"
        known = codes(f"emr_exam_{each.item}") if each.item in codes("emr_exam_item") else {}
        if any(finding not in known for finding in each.findings):
            yield Fault(path, "所见中有这个项目没有的选项，请重新选择")
        if each.findings and each.state in silent:
            yield Fault(path, "拒查、未查的项目不能有所见，请先改结果")
    items = [each.item for each in record.exam_items]
    if len(items) != len(set(items)):
        yield Fault("exam_items", "同一检查项目出现了两次，请合并")


def _treatments(record: R) -> Iterator[Fault]:
    for number, each in enumerate(record.treatments):
        measure = each.kind == pb.Treatment.MEASURE
        if measure and not each.measure:
            yield Fault(f"treatments[{number}].measure", "请选择措施")
        if not measure and not each.item_id:
            yield Fault(f"treatments[{number}].item_id", "请选择药品或耗材")


# At signing ---------------------------------------------------------------------------------


def submit_findings(record: R, now: datetime) -> list[Finding]:
    """Every rule of signing that does not hold, the gravest first."""
    found = [
        Finding(rule, severity, fault)
        for rule, severity, check in _RULES
        for fault in check(record, now)
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)


def _need(record: R, *names: str) -> Iterator[Fault]:
    for name in names:
        field = facts.field_named(record.DESCRIPTOR, name)
        value = getattr(record, name)
        if (field.is_repeated and not value) or (
            not field.is_repeated and facts.is_missing(record, field)
        ):
            yield Fault(name, f"请填写{facts.label(field)}")


def _required(record: R, _: datetime) -> Iterator[Fault]:
    """Q-10: what the kind of event asks for."""
    yield from _need(record, "kind", "area")
    if record.kind in _PATIENT:
        yield from _need(record, "name", "sex", "age_unit", "local_address", "severity")
        yield from _need(record, "depart_at", "arrive_scene_at")
    if record.kind in (R.RESCUE, R.URGENT_TRANSFER, R.TRANSFER):
        names = ("history_givers", "past_history", "pre_alert", "effect", "cooperation")
        yield from _need(record, *names)
    if record.kind == R.RESCUE:
        yield from _need(record, "disease_classes", "chief_complaint", "present_illness")
        yield from _need(record, "allergy", "diagnoses", "condition_change")
    if record.kind in (R.URGENT_TRANSFER, R.TRANSFER):
        yield from _need(record, "from_hospital", "symptom_at_pickup", "other_necessary")
    if record.kind in (R.TRANSFER, R.HOME):
        yield from _need(record, "discharge_diagnosis")
    if record.kind == R.EMPTY_RUN:
        yield from _need(record, "empty_reason")


def _order(record: R, _: datetime) -> Iterator[Fault]:
    """Q-01: the times of the run follow one another."""
    names = ("depart_at", "arrive_scene_at", "leave_scene_at", "arrive_dest_at", "handover_at")
    present = [name for name in names if record.HasField(name)]  # type: ignore[arg-type]
    for before, after in pairwise(present):
        if _at(getattr(record, after)) < _at(getattr(record, before)):
            first, second = (
                facts.label(facts.field_named(record.DESCRIPTOR, n)) for n in (before, after)
            )
            yield Fault(after, f"{second}早于{first}，请核对")


def _future(record: R, now: datetime) -> Iterator[Fault]:
    """Q-02: nothing lies in the future."""
    for path, stamp in _stamps(record, ""):
        if _at(stamp) > now + CLOCKS:
            yield Fault(path, "时刻在将来，请核对")


def _stamps(message: Message, prefix: str) -> Iterator[tuple[str, Timestamp]]:
    for field in facts.fields(message.DESCRIPTOR):
        if facts.of_field(field).read_only:
            continue
        if facts.kind(field) is Kind.TIME and message.HasField(field.name):
            yield prefix + field.name, getattr(message, field.name)
        elif field.is_repeated and facts.kind(field) is Kind.MESSAGE:
            for number, line in enumerate(getattr(message, field.name)):
                yield from _stamps(line, f"{prefix}{field.name}[{number}].")


def _carried(record: R, _: datetime) -> Iterator[Fault]:
    """Q-08: carried or not, with times or with a reason."""
    if record.kind not in _PATIENT:
        return
    if record.not_carried:
        yield from _need(record, "not_sent_reason")
    else:
        yield from _need(record, "leave_scene_at", "arrive_dest_at", "send_address")


def _allowed(record: R, _: datetime) -> Iterator[Fault]:
    """Q-09: the crew's kind fits how it was dispatched."""
    allowed = _ALLOWED.get(record.original_event_type)
    if allowed is not None and record.kind not in allowed:
        yield Fault("kind", "原任务类型不允许选这种事件类型，请重新选择")


def _explained(record: R, _: datetime) -> Iterator[Fault]:
    """Q-11: 其他 needs words."""
    for choice, note in (
        ("disease_classes", "disease_class_note"),
        ("past_history", "past_history_note"),
        ("self_help", "self_help_note"),
    ):
        if "other" in getattr(record, choice):
            yield from _need(record, note)
    if record.empty_reason == "other":
        yield from _need(record, "empty_note")
    if record.cooperation == "no":
        yield from _need(record, "cooperation_note")
    if record.condition_change == R.CHANGED:
        yield from _need(record, "condition_note")
    for number, item in enumerate(record.exam_items):
        odd = item.item == "pupil" and set(item.findings) - {"equal"}
        if ("other" in item.findings or odd) and not item.note:
            yield Fault(f"exam_items[{number}].note", "请补充说明")


def _age(record: R, _: datetime) -> Iterator[Fault]:
    """Q-12: an age its unit allows."""
    limits = {"year": 130, "month": 36, "day": 60, "hour": 72, "minute": 120}
    limit = limits.get(record.age_unit)
    if limit is not None and not record.HasField("age"):
        yield from _need(record, "age")
    elif limit is not None and record.age > limit:
        yield Fault("age", f"年龄超过{limit}，请核对年龄单位")


def _vitals(record: R, _: datetime) -> Iterator[Fault]:
    """Q-16: a rescue has vital signs, each measured or said why not."""
    if record.kind != R.RESCUE:
        return
    if not record.vital_sets:
        yield Fault("vital_sets", "请至少填写一组生命体征")
        return
    first = record.vital_sets[0]
    for name, label in (("temperature", "体温"), ("pulse", "脉搏"), ("rr", "呼吸")):
        if not first.HasField(name) and getattr(first, f"{name}_state") == pb.UNSET:  # type: ignore[arg-type]
            yield Fault(f"vital_sets[0].{name}", f"请填写{label}，或选择拒查、测不出、未查")
    if not (first.HasField("sbp") and first.HasField("dbp")) and first.bp_state == pb.UNSET:
        yield Fault("vital_sets[0].sbp", "请填写血压，或选择拒查、测不出、未查")


def _examined(record: R, _: datetime) -> Iterator[Fault]:
    """Q-10: the items every rescue must have looked at."""
    if record.kind != R.RESCUE:
        return
    seen = {item.item for item in record.exam_items if item.state != pb.UNSET}
    for item in ("consciousness", "pupil", "light_reflex", "skin", "lungs", "heart"):
        if item not in seen:
            yield Fault("exam_items", f"体格检查请填写{codes('emr_exam_item')[item]}")


def _within(record: R, _: datetime) -> Iterator[Fault]:
    """Q-19: measured and done while the crew was with the patient."""
    if not record.HasField("arrive_scene_at"):
        return
    first = _at(record.arrive_scene_at) - _BEFORE
    last = _at(record.handover_at) + _AFTER if record.HasField("handover_at") else None
    rows = [
        *((f"vital_sets[{n}].measured_at", v.measured_at, v.prior_care)
          for n, v in enumerate(record.vital_sets) if v.HasField("measured_at")),
        *((f"treatments[{n}].done_at", t.done_at, False)
          for n, t in enumerate(record.treatments)),
    ]  # fmt: skip
    for path, stamp, prior in rows:
        early = _at(stamp) < first and not prior
        if early or (last is not None and _at(stamp) > last):
            yield Fault(path, "时刻不在到达现场至交接之间，请核对")


def _unconscious(record: R, _: datetime) -> Iterator[Fault]:
    """Q-22: coma needs a glucose and a coma score."""
    deep = {"coma_light", "coma_medium", "coma_deep", "lost"}
    findings = {f for i in record.exam_items if i.item == "consciousness" for f in i.findings}
    if not deep & findings:
        return
    if not any(v.HasField("glucose") or v.glucose_state for v in record.vital_sets):
        yield Fault("vital_sets", "昏迷患者请测血糖，或说明未测")
    if not any(each.scale == "GCS" for each in record.scores):
        yield Fault("scores", "昏迷患者请做格拉斯哥昏迷评分")


def _injured(record: R, _: datetime) -> Iterator[Fault]:
    """Q-24: an injury needs a complete trauma index."""
    if not any(code.startswith("injury_") for code in record.disease_classes):
        return
    done = [s for s in record.scores if s.scale.startswith("TI-") and _total(s) is not None]
    if not done:
        yield Fault("scores", "损伤性疾病请完成创伤指数")


def _alarming(record: R, _: datetime) -> Iterator[Fault]:
    """Q-26: a bad score and a mild judgement."""
    if record.severity in ("critical", "dead"):
        return
    for each in record.scores:
        if (band := _band(each)) is not None and band.critical:
            yield Fault("severity", f"{each.scale} {_total(each)}分，建议病情分类为危重")


def _alerts(record: R, _: datetime) -> Iterator[Fault]:
    """Q-27, Q-28: alerted to whom and when; critical and not alerted: why."""
    silent = record.severity == "critical" and record.pre_alert == R.NOT_ALERTED
    if silent and not record.remark:
        yield Fault("remark", "危重未报请在备注中说明原因")
    if record.pre_alert == R.ALERTED:
        yield from _need(record, "pre_alert_at", "pre_alert_to")


def _dead(record: R, _: datetime) -> Iterator[Fault]:
    """Q-31: a death is told whole."""
    if record.severity == "dead":
        yield from _need(record, "death_case", "death_certificate")
        if record.effect != "dead":
            yield Fault("effect", "病情分类为死亡时，急救效果应为死亡")


def _treated(record: R, _: datetime) -> Iterator[Fault]:
    """Q-38: something was done, or it was refused."""
    done = {t.measure for t in record.treatments if t.kind == pb.Treatment.MEASURE}
    if record.kind == R.RESCUE and not record.treatments and not record.treatment_refused:
        yield Fault("treatments", "请填写救治措施，或勾选拒绝治疗")
    if record.kind == R.HOME and not {"carry", "escort"} <= done:
        yield Fault("treatments", "回家任务的搬运和护送都要填写")


def _dosed(record: R, _: datetime) -> Iterator[Fault]:
    """Q-39: a drug has dose, route and who ordered it; a loss has a reason."""
    for number, each in enumerate(record.treatments):
        path = f"treatments[{number}]."
        if each.kind == pb.Treatment.DRUG:
            for name, label in (("dose", "剂量"), ("route", "给药途径"), ("ordered_by", "医嘱")):
                if not getattr(each, name):
                    yield Fault(path + name, f"药品请填写{label}")
        lost = each.kind in (pb.Treatment.LOST_DRUG, pb.Treatment.LOST_CONSUMABLE)
        if lost and not each.loss_reason:
            yield Fault(path + "loss_reason", "损耗请填写原因")


def _allergic(record: R, _: datetime) -> Iterator[Fault]:
    """Q-40: before a drug, the allergies."""
    if any(each.kind == pb.Treatment.DRUG for each in record.treatments):
        yield from _need(record, "allergy")
    if record.allergy == R.ALLERGIC:
        yield from _need(record, "allergy_note")


def _handed_over(record: R, _: datetime) -> Iterator[Fault]:
    """Q-47: whoever is carried is handed over, signed or said why not."""
    if record.kind not in (R.RESCUE, R.URGENT_TRANSFER) or record.not_carried:
        return
    yield from _need(record, "handover_at", "receive_unit", "handover_condition")
    if not record.receiver_name and not record.sign_refusal:
        yield Fault("receiver_name", "请填写接诊医师，或写明拒签、无人签的原因")


def _followed(record: R, _: datetime) -> Iterator[Fault]:
    """Q-17: a critical patient is measured twice, five minutes apart."""
    if record.severity != "critical":
        return
    times = sorted(_at(v.measured_at) for v in record.vital_sets if v.HasField("measured_at"))
    if len(times) < 2 or times[-1] - times[0] < timedelta(minutes=5):
        yield Fault("vital_sets", "危重患者应有两组以上、相隔5分钟的生命体征")


def _open_conflicts(record: R, _: datetime) -> Iterator[Fault]:
    """Q-60: nothing is signed while two versions of it stand."""
    if record.conflicts:
        yield Fault("conflicts", f"还有{len(record.conflicts)}处冲突未处理，请先逐项选择")


def _total(score: pb.Score) -> int | None:
    try:
        return scores.compute(score.scale, score.picks).total
    except scores.BadPick:
        return None


def _band(score: pb.Score) -> scores.Band | None:
    try:
        return scores.compute(score.scale, score.picks).band
    except scores.BadPick:
        return None


def _at(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


Check = Callable[[R, datetime], Iterable[Fault]]
_E, _W = Severity.ERROR, Severity.WARNING
_RULES: tuple[tuple[str, Severity, Check], ...] = (
    ("Q-01", _E, _order),
    ("Q-02", _E, _future),
    ("Q-08", _E, _carried),
    ("Q-09", _E, _allowed),
    ("Q-10", _E, _required),
    ("Q-10", _E, _examined),
    ("Q-11", _E, _explained),
    ("Q-12", _E, _age),
    ("Q-16", _E, _vitals),
    ("Q-17", _W, _followed),
    ("Q-19", _E, _within),
    ("Q-22", _E, _unconscious),
    ("Q-24", _E, _injured),
    ("Q-26", _W, _alarming),
    ("Q-27", _E, _alerts),
    ("Q-31", _E, _dead),
    ("Q-38", _E, _treated),
    ("Q-39", _E, _dosed),
    ("Q-40", _E, _allergic),
    ("Q-47", _E, _handed_over),
    ("Q-60", _E, _open_conflicts),
)
