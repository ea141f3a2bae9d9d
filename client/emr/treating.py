"""What was done and given: measures of the list, drugs and consumables of the own store."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from client.core import icons
from client.core.api import Api
from client.core.settings import Settings
from client.emr.picking import Choice, pick
from client.emr.sections import treatment_rows
from client.emr.series import Card, Series
from client.emr.shelf import Shelf, why_stopped
from client.emr.stamps import fresh_key, stamp
from protos import facts
from protos.emr import case_record_pb2 as pb
from protos.inventory.item_pb2 import Item
from protos.inventory.stock_pb2 import Stock
from resources import dictionaries

_OTHER = {
    pb.Treatment.DRUG: Item.CONSUMABLE,
    pb.Treatment.CONSUMABLE: Item.DRUG,
}


class TreatmentPane(QWidget):
    """The treatments of a record in the order they were added.

    Buttons: ``add_measure``, ``add_drug``, ``add_consumable``; entries ``treatments[<n>].…``; the
    label ``stop_list`` names the lots of the own store that must not be used.
    """

    changed = Signal()

    def __init__(self, api: Api, settings: Settings, shelf: Shelf) -> None:
        super().__init__()
        self._api, self._shelf = api, shelf
        self.series = Series(
            "treatments",
            "措施",
            treatment_rows,
            api,
            settings,
            start=self._start,
            title=lambda _, entry: title_of(entry),
            adds=False,
        )
        self.series.changed.connect(self.changed)
        row = QHBoxLayout()
        for text, name, icon, slot in (
            ("加措施", "add_measure", "heartbeat", self.pick_measure),
            ("加药品", "add_drug", "pill", lambda: self.pick_item(pb.Treatment.DRUG)),
            (
                "加耗材",
                "add_consumable",
                "bandaids",
                lambda: self.pick_item(pb.Treatment.CONSUMABLE),
            ),
        ):
            button = QPushButton(icons.icon(icon, "accent"), text)
            button.setObjectName(name)
            button.clicked.connect(lambda _, slot=slot: slot())
            row.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(row)
        self.stop_list = QLabel(wordWrap=True)
        self.stop_list.setObjectName("stop_list")
        self.stop_list.setProperty("role", "fault")
        column.addWidget(self.stop_list)
        column.addWidget(self.series)
        shelf.changed.connect(self._show_stopped)
        self._show_stopped()

    def _show_stopped(self) -> None:
        lots = [f"{each.item_name} {why_stopped(each)}" for each in self._shelf.stopped()]
        self.stop_list.setText(f"药库里的停用批号，请勿使用：{'；'.join(lots)}")
        self.stop_list.setVisible(bool(lots))

    def show_record(self, record: pb.CaseRecord) -> None:
        """Show the treatments of a record and keep them up to date from now on."""
        self.series.show_message(record)

    def pick_measure(self) -> None:
        """Let a measure be picked from the list."""
        choices = [Choice(*pair) for pair in dictionaries.codes("emr_measure").items()]
        pick("选择措施", choices, self).chosen.connect(self.add_measure)

    def pick_item(self, kind: "pb.Treatment.Kind.ValueType") -> None:
        """Let a drug or a consumable be picked from the own store."""
        label = "选择药品" if kind == pb.Treatment.DRUG else "选择耗材"
        stock = [each for each in self._shelf.stock() if self._fits(each, kind)]
        choices = [Choice(item, *texts) for item, texts in _by_item(stock).items()]
        pick(label, choices, self).chosen.connect(lambda item: self.add_item(kind, item))

    def add_measure(self, code: str) -> Card:
        """Add a measure, done once just now."""

        def fill(entry: Any) -> None:
            entry.kind, entry.measure, entry.quantity = pb.Treatment.MEASURE, code, 1

        return self.series.add(fill)

    def add_item(self, kind: "pb.Treatment.Kind.ValueType", item_id: int) -> Card:
        """Add one unit of a drug or consumable, given just now."""
        held = next(each for each in self._shelf.stock() if each.item_id == item_id)

        def fill(entry: Any) -> None:
            entry.kind, entry.item_id, entry.quantity = kind, item_id, 1
            entry.item_name = f"{held.item_name} {held.spec}".strip()
            entry.unit = held.unit
            if kind == pb.Treatment.DRUG:
                entry.ordered_by = self._me()

        return self.series.add(fill)

    def _start(self, entry: Any, before: Sequence[Any]) -> None:
        entry.client_key = fresh_key()
        entry.done_at.CopyFrom(stamp())
        entry.period = before[-1].period if before else pb.SCENE
        entry.done_by = self._me()

    def _fits(self, stock: Stock, kind: "pb.Treatment.Kind.ValueType") -> bool:
        """Whether it is of the kind; what is not known to be of the other kind is offered too."""
        item = self._shelf.item(stock.item_id)
        there = stock.available > 0 or stock.blocked > 0 or stock.veiled  # counted blind just now
        return bool(there) and not stock.barred and (item is None or item.kind != _OTHER[kind])

    def _me(self) -> str:
        return self._api.session.name if self._api.session is not None else ""


class DiagnosisPane(QWidget):
    """The working diagnoses, the first being the main one; ``add_diagnosis`` picks one."""

    changed = Signal()

    def __init__(self, api: Api, settings: Settings) -> None:
        super().__init__()
        self.series = Series(
            "diagnoses",
            "初步印象",
            lambda entry: [["kind", "certain"], *([["text"]] if entry.code == "other" else [])],
            api,
            settings,
            start=_start_diagnosis,
            title=lambda number, entry: f"初步印象 {number + 1}：{_diagnosis(entry.code)}",
            adds=False,
        )
        self.series.changed.connect(self.changed)
        add = QPushButton(icons.icon("plus", "accent"), "加初步印象")
        add.setObjectName("add_diagnosis")
        add.clicked.connect(lambda _: self.pick())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(add)
        column.addWidget(self.series)

    def show_record(self, record: pb.CaseRecord) -> None:
        """Show the diagnoses of a record and keep them up to date from now on."""
        self.series.show_message(record)

    def pick(self) -> None:
        """Let a diagnosis be picked."""
        choices = [Choice(*pair) for pair in dictionaries.codes("emr_diagnosis").items()]
        pick("选择初步印象", choices, self).chosen.connect(self.add)

    def add(self, code: str) -> Card:
        """Add a diagnosis of the list."""

        def fill(entry: Any) -> None:
            entry.code = code

        return self.series.add(fill)


def title_of(entry: Any) -> str:
    """What a treatment is called: kind and name."""
    kind = facts.value_label(facts.field_named(pb.Treatment.DESCRIPTOR, "kind"), entry.kind)
    if entry.kind == pb.Treatment.MEASURE:
        return f"{kind}：{dictionaries.codes('emr_measure').get(entry.measure, entry.measure)}"
    unit = f"（{entry.unit}）" if entry.unit else ""
    return f"{kind}：{entry.item_name or entry.item_id}{unit}"


def summary(record: pb.CaseRecord) -> str:
    """What was done, in one line for the handover."""
    parts = []
    for entry in record.treatments:
        name = title_of(entry).partition("：")[2].partition("（")[0]
        parts.append(" ".join(filter(None, (name, entry.dose))))
    return "；".join(parts)


def diagnoses(record: pb.CaseRecord) -> str:
    """The working diagnoses in one line."""
    return "；".join(each.text or _diagnosis(each.code) for each in record.diagnoses)


def _by_item(stock: Sequence[Stock]) -> dict[int, tuple[str, str]]:
    """Name and what is left, by item; stopped lots in words, for what was used must be told."""
    found: dict[int, tuple[str, str]] = {}
    for each in stock:
        lots = [other for other in stock if other.item_id == each.item_id]
        left = sum(other.available for other in lots)
        usable = [other.expires_on for other in lots if other.available and other.expires_on]
        stock_text = each.veiled or f"可用 {left} {each.unit}"
        text = f"{stock_text}　最近效期 {min(usable, default='无')}"
        if stopped := "；".join(why_stopped(other) for other in lots if other.blocked):
            text += f"　停用：{stopped}"
        found.setdefault(each.item_id, (f"{each.item_name}　{each.spec}", text))
    return found


def _diagnosis(code: str) -> str:
    return dictionaries.codes("emr_diagnosis").get(code, code)


def _start_diagnosis(entry: Any, _before: Sequence[Any]) -> None:
    entry.client_key = fresh_key()
    entry.kind = pb.Diagnosis.IMPRESSION
