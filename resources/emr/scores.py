"""Clinical scores: their tables, totals and bands; the same here for client and server.

A pick is written ``component:points`` (``eye:3``, ``region:6``); a component that could not be
tested is ``component:NT``. As long as a score is not complete it has no total: never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

NOT_TESTABLE = "NT"


class BadPick(ValueError):
    """A pick names no option of the scale, or one too many; the text is for the user."""


@dataclass(frozen=True, slots=True)
class Component:
    """One item of a scale: its options by points."""

    code: str
    label: str
    options: Mapping[int, str]
    several: bool = False  # several ticks, all counted
    may_be_untestable: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """Totals from `low` on, up to the next band."""

    low: int
    label: str
    critical: bool = False  # proposes severity 危重 and a pre-alert


@dataclass(frozen=True, slots=True)
class Scale:
    """A score: what is judged and what the total means. `code` names the version as well."""

    code: str
    name: str
    components: tuple[Component, ...]
    bands: tuple[Band, ...]

    def component(self, code: str) -> Component:
        """The component of that code; BadPick if the scale has none."""
        for each in self.components:
            if each.code == code:
                return each
        raise BadPick(f"{self.name}没有“{code}”这一项")

    @property
    def lowest(self) -> int:
        """The least total of a complete score."""
        return sum(min(c.options) for c in self.components)

    @property
    def highest(self) -> int:
        """The greatest total."""
        return sum(sum(c.options) if c.several else max(c.options) for c in self.components)


@dataclass(frozen=True, slots=True)
class Result:
    """A score as computed; `total` and `band` are None while it is not complete."""

    scale: Scale
    picks: Mapping[str, tuple[str, ...]]
    total: int | None
    band: Band | None

    @property
    def done(self) -> int:
        """How many components are judged, those not testable included."""
        return len(self.picks)

    @property
    def text(self) -> str:
        """The total and its band, or how far it is: ``未完成（2/3）``, ``E2 VT M4``."""
        if self.total is not None and self.band is not None:
            return f"{self.total}分 {self.band.label}"
        if self.done < len(self.scale.components):
            return f"未完成（{self.done}/{len(self.scale.components)}）"
        return " ".join(self._short(c) for c in self.scale.components)

    def _short(self, component: Component) -> str:
        points = self.picks[component.code][0]
        return component.code[0].upper() + ("T" if points == NOT_TESTABLE else points)


def _graded(
    code: str, label: str, *texts: str, low: int = 1, untestable: bool = False
) -> Component:
    """A component whose options are listed from the fewest points up."""
    options = {low + n: text for n, text in enumerate(texts)}
    return Component(code, label, options, may_be_untestable=untestable)


GCS = Scale(
    "GCS",
    "格拉斯哥昏迷指数",
    (
        _graded("eye", "睁眼", "不睁眼", "刺痛睁眼", "呼之睁眼", "自动睁眼", untestable=True),
        _graded(
            "verbal", "语言", "不能言语", "呻吟", "单音语言", "不切题", "切题", untestable=True
        ),
        _graded(
            "motor", "运动", "无反应", "过伸", "异常屈曲", "刺痛回缩", "刺痛定位", "遵嘱活动",
            untestable=True,
        ),
    ),
    (Band(3, "重度昏迷", critical=True), Band(9, "中度"), Band(13, "轻度")),
)  # fmt: skip

_TI_GRADES = (
    ("region", "部位", ("四肢", "躯干背部", "胸部或腹部", "头部或颈部")),
    ("type", "损伤方式", ("切割伤或挫伤", "刺伤", "钝挫伤", "弹道伤")),
)


def _trauma(weights: Sequence[int], rows: Iterable[tuple[str, str, Sequence[str]]], *,
            several: bool) -> tuple[Component, ...]:  # fmt: skip
    return tuple(
        Component(code, label, dict(zip(weights, texts, strict=True)), several=several)
        for code, label, texts in rows
    )


_SH_BANDS = (
    Band(0, "轻度"),
    Band(8, "中度"),
    Band(10, "需收住院，单系统损伤", critical=True),
    Band(17, "多系统损伤，有死亡危险", critical=True),
    Band(21, "极重，危及生命", critical=True),
)

TI_SH2015 = Scale(
    "TI-SH2015",
    "创伤指数",
    _trauma(
        (1, 3, 4, 6),
        (
            *_TI_GRADES,
            ("circulation", "循环", ("正常", "血压<100或脉搏>100", "血压<80或脉搏>140", "无脉搏")),
            ("breathing", "呼吸", ("胸痛", "呼吸困难", "发绀", "呼吸暂停")),
            ("consciousness", "意识", ("倦睡", "嗜睡", "半昏迷", "昏迷")),
        ),
        several=True,
    ),
    _SH_BANDS,
)

TI_1971 = Scale(
    "TI-1971",
    "创伤指数（1971）",
    _trauma(
        (1, 3, 4, 6),
        (
            *_TI_GRADES,
            (
                "circulation",
                "循环",
                ("外出血", "血压<100或脉搏>100", "血压<80或脉搏>140", "无脉搏"),
            ),
            ("breathing", "呼吸", ("胸痛", "呼吸困难", "发绀", "呼吸暂停")),
            ("consciousness", "意识", ("倦睡", "嗜睡", "运动或感觉丧失", "昏迷")),
        ),
        several=False,
    ),
    (Band(0, "轻度"), Band(8, "中度"), Band(19, "重度", critical=True)),
)

TI_CN = Scale(
    "TI-CN",
    "创伤指数（教科书）",
    _trauma(
        (1, 3, 5, 6),
        (
            ("region", "部位", ("四肢", "躯干背部", "胸部或腹部", "头部或颈部")),
            ("type", "损伤类型", ("裂伤", "刺伤", "挫伤", "弹道伤")),
            (
                "circulation",
                "循环",
                ("外出血", "血压60–100且脉搏100–140", "血压<60且脉搏>140", "无脉搏血压"),
            ),
            ("breathing", "呼吸", ("胸痛", "呼吸困难", "发绀", "无呼吸")),
            ("consciousness", "意识", ("倦睡或嗜睡", "木僵或淡漠", "浅昏迷", "深昏迷")),
        ),
        several=False,
    ),
    (Band(0, "轻度"), Band(10, "中度", critical=True), Band(17, "重度", critical=True)),
)

APGAR = Scale(
    "APGAR",
    "新生儿评分",
    (
        _graded("pulse", "每分钟心率", "无", "<100", "≥100", low=0),
        _graded("breathing", "呼吸", "无", "浅慢，不规则", "佳，哭声响", low=0),
        _graded("tone", "肌张力", "松弛", "四肢稍屈", "活动好", low=0),
        _graded("reflex", "喉反射", "无反应", "有些动作", "咳嗽，恶心", low=0),
        _graded("colour", "皮肤颜色", "苍白", "躯干红，四肢青紫", "全身粉红", low=0),
    ),
    (Band(0, "重度窒息", critical=True), Band(4, "轻度窒息", critical=True), Band(8, "正常")),
)

SCALES = {scale.code: scale for scale in (GCS, TI_SH2015, TI_1971, TI_CN, APGAR)}


def compute(code: str, picks: Iterable[str]) -> Result:
    """The score of some picks; BadPick when one cannot be."""
    if code not in SCALES:
        raise BadPick(f"没有“{code}”这种评分")
    scale = SCALES[code]
    chosen: dict[str, list[str]] = {}
    for pick in picks:
        component, points = _read(scale, pick)
        values = chosen.setdefault(component.code, [])
        if values and (points in values or not component.several):
            raise BadPick(f"{scale.name}的{component.label}只能选一项")
        values.append(points)
    return _sum(scale, {name: tuple(values) for name, values in chosen.items()})


def _read(scale: Scale, pick: str) -> tuple[Component, str]:
    name, _, points = pick.partition(":")
    component = scale.component(name)
    if points == NOT_TESTABLE and component.may_be_untestable:
        return component, points
    if not points.isdecimal() or int(points) not in component.options:
        raise BadPick(f"{scale.name}的{component.label}没有“{points}”分这一项")
    return component, str(int(points))


def _sum(scale: Scale, picks: dict[str, tuple[str, ...]]) -> Result:
    values = [points for each in picks.values() for points in each]
    if len(picks) < len(scale.components) or NOT_TESTABLE in values:
        return Result(scale, picks, None, None)
    total = sum(map(int, values))
    return Result(scale, picks, total, band_of(scale, total))


def band_of(scale: Scale, total: int) -> Band:
    """The band a total lies in: the last one whose lower end it reaches."""
    return [band for band in scale.bands if band.low <= total][-1]


def mixed_grades(result: Result) -> list[str]:
    """Components where one grade excludes another, yet several are ticked: ask again."""
    grades = ("circulation", "breathing", "consciousness")
    picked = [(c, result.picks.get(c.code, ())) for c in result.scale.components]
    return [c.label for c, points in picked if c.code in grades and len(points) > 1]


def revised_trauma(gcs: int, systolic: int, breaths: int) -> tuple[int, int]:
    """RTS (Champion 1989) of vital signs: the triage sum 0–12, and the weighted value × 10,000."""
    codes = (
        _code(gcs, (4, 6, 9, 13)),
        _code(systolic, (1, 50, 76, 90)),
        3 if breaths > 29 else 4 if breaths > 9 else _code(breaths, (1, 6)),
    )
    weighted = 9368 * codes[0] + 7326 * codes[1] + 2908 * codes[2]
    return sum(codes), weighted


def _code(value: int, lows: Sequence[int]) -> int:
    return sum(value >= low for low in lows)
