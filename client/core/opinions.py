"""Frequent opinions under a reason: one key puts one in, the user's own come first."""

from collections.abc import Callable

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from client.core.flow import FlowLayout
from client.core.settings import Settings
from protos import facts
from protos.facts import Kind
from resources import dictionaries

FIELDS = ("reason", "comment", "opinion")  # what the contract calls an opinion
SHOWN = 6
KEPT = 40
LONGEST = 40  # letters: longer ones are about one case and not worth a key


def field_of(request: Descriptor) -> FieldDescriptor | None:
    """The field of a verb's request that takes an opinion, if it has one."""
    for name in FIELDS:
        field = request.fields_by_name.get(name)
        if field is not None and facts.kind(field) is Kind.TEXT and not field.is_repeated:
            return field
    return None


class Opinions(QWidget):
    """Buttons with opinions, each with a key of its own: Alt+1 to Alt+6."""

    def __init__(
        self,
        verb: str,
        settings: Settings,
        take: Callable[[str], None],
        parent: QWidget,
        *,
        objecting: bool,
    ) -> None:
        super().__init__(parent)
        self._settings, self._key, self._take = settings, f"opinions.{verb}", take
        self.texts = frequent(settings, self._key, objecting)[:SHOWN]
        flow = FlowLayout(self)
        for number, text in enumerate(self.texts, 1):
            button = QPushButton(f"{number} {text}")
            button.setProperty("role", "link")
            button.setAutoDefault(False)
            button.setToolTip(f"填入这条意见（Alt+{number}）")
            button.clicked.connect(lambda _=False, text=text: self._take(text))
            flow.addWidget(button)
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), parent)
            shortcut.activated.connect(button.click)

    def used(self, text: str) -> None:
        """Count one more use of an opinion."""
        if not 0 < len(text.strip()) <= LONGEST:
            return
        counts = dict(self._settings.value(self._key, {}))
        counts[text.strip()] = counts.get(text.strip(), 0) + 1
        kept = sorted(counts.items(), key=lambda pair: -pair[1])[:KEPT]
        self._settings.set(self._key, dict(kept))


def frequent(settings: Settings, key: str, objecting: bool) -> list[str]:
    """The opinions this user gave, the most frequent first, then the usual ones."""
    counts: dict[str, int] = settings.value(key, {})
    own = sorted(counts, key=lambda text: -counts[text])
    usual = dictionaries.codes("approval_opinion")
    fitting = [text for code, text in usual.items() if not (objecting and code == "agree")]
    return list(dict.fromkeys([*own, *fitting]))
