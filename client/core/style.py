"""The look: colour tokens, light and dark, and the font size; Fusion, a palette, a small sheet."""

import math
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QScroller,
    QWidget,
)

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei UI",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
BASE_POINTS = 10.0
ICON, ARROW, BOX = 16, 12, 14  # px at 100 %
TOUCH_ROW = 48  # px of a row at least where fingers choose
FRAME = 16  # px of border and padding around the text of an editor
SIZES = {100: "标准", 115: "较大", 130: "大", 150: "特大"}
LEAST = QSize(1280, 660)  # px a window may take on every screen we know
DENSITIES = {"dense": "紧凑", "normal": "标准", "large": "宽松", "touch": "触摸屏"}
ROW_ROOM = {"dense": 5, "normal": 9, "large": 18, "touch": 22}  # px of a row around its letters
THEMES = {"light": "浅色", "dark": "深色", "system": "跟随系统"}


@dataclass(frozen=True)
class Tokens:
    """Every colour of the program; text on its ground has a contrast of at least 4.5 : 1."""

    window: str
    surface: str
    raised: str
    side: str
    border: str
    field_border: str
    scroll: str
    text: str
    muted: str
    disabled: str
    hover: str
    selection: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    info: str
    info_soft: str
    alternate: str
    brand: str
    brand_text: str


LIGHT = Tokens(
    window="#f4f6f8",
    surface="#ffffff",
    raised="#fafbfc",
    side="#ebeff3",
    border="#d6dbe1",
    field_border="#838d9a",
    scroll="#b4bcc6",
    text="#1a2330",
    muted="#535e6c",
    disabled="#7d8793",
    hover="#e2e8ee",
    selection="#cbe0f5",
    accent="#0b5cad",
    accent_hover="#094c90",
    accent_soft="#e4eff9",
    on_accent="#ffffff",
    good="#176b3b",
    good_soft="#e2f3e8",
    warn="#835000",
    warn_soft="#fdf0d6",
    bad="#b3261e",
    bad_soft="#fdeceb",
    info="#0b5cad",
    info_soft="#e4eff9",
    alternate="#f7f9fb",
    brand="#0b4a8f",
    brand_text="#ffffff",
)
DARK = Tokens(
    window="#1a1d22",
    surface="#21252b",
    raised="#282d34",
    side="#16191d",
    border="#383f49",
    field_border="#6f7987",
    scroll="#4c5561",
    text="#e5e8ec",
    muted="#a9b2bd",
    disabled="#7b8592",
    hover="#2c323a",
    selection="#223c56",
    accent="#74b6f6",
    accent_hover="#93c6f8",
    accent_soft="#1f3448",
    on_accent="#0d1a27",
    good="#6fcf97",
    good_soft="#1c3527",
    warn="#f0b95b",
    warn_soft="#3a2f1b",
    bad="#ff8a80",
    bad_soft="#43211f",
    info="#74b6f6",
    info_soft="#1f3448",
    alternate="#252a30",
    brand="#14385e",
    brand_text="#f2f6fa",
)
# Tone of the contract (common.Tone) to the names of its two tokens.
TONES = ("muted", "info", "good", "warn", "bad")


class Look(QObject):
    """What is shown now; `changed` comes after a switch, for whoever paints by itself."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = "light"
        self.percent = 100
        self.tokens = LIGHT
        self.tablet = False  # started for fingers
        self.density = "normal"

    @property
    def touch(self) -> bool:
        """Whether fingers choose: bigger targets, and a flick scrolls."""
        return self.tablet or self.density == "touch"

    @property
    def is_dark(self) -> bool:
        """Whether the dark tokens are in force."""
        return self.tokens is DARK

    def system_changed(self) -> None:
        """Follow the desktop from light to dark where the user wants that."""
        if self.theme == "system":
            self.apply(self.theme, self.percent)

    def apply(self, theme: str, percent: int) -> None:
        """Show a theme ("light", "dark", "system") at a size (100 to 150 %) at once."""
        self.theme, self.percent = theme, percent
        self.tokens = DARK if _wants_dark(theme) else LIGHT
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setStyle("Fusion")
        app.setFont(font(percent))
        app.setPalette(palette(self.tokens))
        app.setStyleSheet(sheet(self.tokens, percent, touch=self.touch))
        self.changed.emit()


@cache
def look() -> Look:
    """The look of this program."""
    return Look()


def colour(name: str) -> QColor:
    """A token's colour in the present look."""
    return QColor(getattr(look().tokens, name))


def tone(number: int) -> QColor:
    """The text colour of a common.Tone."""
    return colour(TONES[number])


def tone_ground(number: int) -> QColor:
    """The soft background of a common.Tone."""
    return colour(f"{TONES[number]}_soft" if number else "hover")


def font(percent: int = 100) -> QFont:
    """The program's font, in points; the first Chinese family this machine has."""
    known = set(QFontDatabase.families())
    family = next((name for name in FAMILIES if name in known), QFont().family())
    made = QFont(family)
    made.setPointSizeF(BASE_POINTS * percent / 100)
    made.setStyleHint(QFont.StyleHint.SansSerif)
    return made


def sheet(tokens: Tokens, percent: int = 100, *, touch: bool = False) -> str:
    """The style sheet with the tokens filled in."""
    names = ("style.qss", "touch.qss") if touch else ("style.qss",)
    text = "".join((files("resources") / name).read_text("utf-8") for name in names)
    values = asdict(tokens)
    values["title"] = f"{BASE_POINTS * percent / 100 * 1.6:.1f}pt"
    values["heading"] = f"{BASE_POINTS * percent / 100 * 1.15:.1f}pt"
    values["icon"] = f"{round(ICON * percent / 100)}px"
    values["arrow_size"] = f"{round(ARROW * percent / 100)}px"
    values["box_size"] = f"{round(BOX * percent / 100)}px"
    for name in ("arrow_down", "check", "partly"):
        values[f"{name}_sign"] = _sign(name, tokens is DARK)
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"@{name}", values[name])
    return text


def palette(tokens: Tokens) -> QPalette:
    """The same colours for what Fusion paints by itself: tables above all."""
    made = QPalette()
    role = QPalette.ColorRole
    roles = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.alternate,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.bad,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Highlight: tokens.selection,
        role.HighlightedText: tokens.text,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.surface,
        role.Midlight: tokens.hover,
        role.Mid: tokens.border,
        role.Dark: tokens.field_border,
        role.Shadow: tokens.field_border,
        role.Accent: tokens.accent,
    }
    for which, name in roles.items():
        made.setColor(which, QColor(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.disabled))
    return made


def contrast(one: str, other: str) -> float:
    """The contrast of two colours after WCAG 2.1, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(name: str) -> float:
    parts = (int(name[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.03928 else math.pow((p + 0.055) / 1.055, 2.4) for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _wants_dark(theme: str) -> bool:
    if theme != "system":
        return theme == "dark"
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def _sign(name: str, dark: bool) -> str:
    file = f"{name}_dark.svg" if dark else f"{name}.svg"
    return Path(str(files("resources") / "icons" / file)).as_posix()


def within_screen(window: QWidget, width: int, height: int) -> QSize:
    """The wanted size of a window, or what its screen has room for."""
    screen = window.screen().availableSize()
    most = QSize(max(screen.width() - 40, LEAST.width()), max(screen.height() - 60, LEAST.height()))
    return QSize(width, height).boundedTo(most)


def sized(window: QWidget, width: int, height: int) -> QSize:
    """A window's size in px at 100 %, grown with the letters, within its screen."""
    percent = look().percent
    return within_screen(window, width * percent // 100, height * percent // 100)


def row_height(view: QWidget) -> int:
    """The height of a table's rows: dense, or high enough for a finger."""
    density = "touch" if look().touch else look().density
    needed = view.fontMetrics().height() + ROW_ROOM[density]
    return max(needed, TOUCH_ROW) if look().touch else needed


def flick(area: QAbstractScrollArea) -> None:
    """Let a finger scroll; a tap still chooses."""
    QScroller.grabGesture(area.viewport(), QScroller.ScrollerGestureType.TouchGesture)
    if isinstance(area, QAbstractItemView):
        area.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        area.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)


class _Width(QObject):
    """Keeps a widget as wide as so many letters, at every size of the font."""

    def __init__(self, widget: QWidget, letters: int) -> None:
        super().__init__(widget)
        self._widget, self._letters = widget, letters
        look().changed.connect(self._set)
        self._set()

    def _set(self) -> None:
        width = self._widget.fontMetrics().averageCharWidth() * self._letters
        self._widget.setFixedWidth(width + FRAME)


def keep_width(widget: QWidget, letters: int) -> None:
    """Fix a widget's width to that many average letters, now and after a change of the look."""
    _Width(widget, letters)


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet looks at, and draw anew if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
