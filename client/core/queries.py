"""Saved queries of one page: the user's own, those shared with their roles, and one default."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from client.core import icons
from client.core import preferences as kept
from client.core.api import Api
from client.core.settings import Settings
from protos.common.preference_pb2 import SharedQuery

State = Mapping[str, list[str]]


class Query(NamedTuple):
    """A query one can choose: what it is called, what it asks, and who shared it."""

    key: str  # its name, or shared/<id>
    title: str
    state: State
    shared: SharedQuery | None = None


class Queries:
    """The queries of one page, by key."""

    def __init__(self, api: Api, settings: Settings, service: str) -> None:
        self._api, self._settings, self._service = api, settings, service
        self._key, self._default_key = f"filters.{service}", f"default.{service}"

    @property
    def own(self) -> list[Query]:
        """Those this user saved."""
        saved = self._settings.value(self._key, {})
        return [Query(name, name, state) for name, state in saved.items()]

    @property
    def shared(self) -> list[Query]:
        """Those somebody shared with a role of this user's."""
        preferences = kept.of(self._api)
        found = preferences.shared if preferences is not None else []
        return [
            Query(f"shared/{q.id}", f"{q.name}（{q.owner} 共享给{q.role}）", json.loads(q.query), q)
            for q in found
            if q.service == self._service
        ]

    @property
    def default(self) -> Query | None:
        """What the page asks when it opens; None asks for everything."""
        key = self._settings.value(self._default_key)
        return next((query for query in [*self.own, *self.shared] if query.key == key), None)

    def set_default(self, key: str | None) -> None:
        """Ask this when the page opens."""
        self._settings.set(self._default_key, key)

    def save(self, name: str, state: State) -> None:
        """Keep a query under a name of this user's."""
        saved = dict(self._settings.value(self._key, {}))
        saved[name] = dict(state)
        self._settings.set(self._key, saved)

    def forget(self, name: str) -> None:
        """Forget one's own query."""
        saved = dict(self._settings.value(self._key, {}))
        saved.pop(name, None)
        self._settings.set(self._key, saved)

    def roles(self) -> list[str]:
        """The roles this user may share with: their own."""
        session = self._api.session
        return list(session.roles) if session is not None else []

    def share(self, query: Query, role: str) -> None:
        """Offer one's own query to everybody of a role."""
        preferences = kept.of(self._api)
        if preferences is None:
            return
        text = json.dumps(query.state, ensure_ascii=False)
        preferences.share(
            SharedQuery(service=self._service, name=query.title, role=role, query=text),
            lambda: None,
        )

    def unshare(self, query: SharedQuery) -> None:
        """Take it back."""
        preferences = kept.of(self._api)
        if preferences is not None:
            preferences.unshare(query)


class QueryButton(QToolButton):
    """The star beside the filter bar, with everything one does with saved queries."""

    def __init__(
        self,
        queries: Queries,
        current: Callable[[], State],
        use: Callable[[State], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.queries, self._current, self._use = queries, current, use
        self.setIcon(icons.icon("star"))
        self.setToolTip("常用查询")
        self.setAccessibleName("常用查询")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.aboutToShow.connect(lambda: self.fill(menu))
        self.setMenu(menu)

    def fill(self, menu: QMenu) -> None:
        """Offer what there is now."""
        menu.clear()
        own, shared = self.queries.own, self.queries.shared
        default = self.queries.default
        for query in [*own, *shared]:
            mark = "★ " if default is not None and query.key == default.key else ""
            menu.addAction(mark + query.title, partial(self._use, query.state))
        if own or shared:
            menu.addSeparator()
            self._offer_default(menu.addMenu("打开页面时自动查询"), [*own, *shared])
        if own and self.queries.roles():
            self._offer_sharing(menu.addMenu("共享给同角色的人"), own)
        self._offer_removal(menu, own, shared)
        menu.addAction("保存当前查询…", self._ask_name)

    def _offer_default(self, menu: QMenu, queries: list[Query]) -> None:
        chosen = self.queries.default
        for key, title in [(None, "不自动查询"), *((q.key, q.title) for q in queries)]:
            action = menu.addAction(title, partial(self.queries.set_default, key))
            action.setCheckable(True)
            action.setChecked(key == (chosen.key if chosen is not None else None))

    def _offer_sharing(self, menu: QMenu, own: list[Query]) -> None:
        for query in own:
            for role in self.queries.roles():
                menu.addAction(f"{query.title} → {role}", partial(self.queries.share, query, role))

    def _offer_removal(self, menu: QMenu, own: list[Query], shared: list[Query]) -> None:
        mine = [query.shared for query in shared if query.shared is not None and query.shared.mine]
        if not own and not mine:
            return
        remove = menu.addMenu("删除、取消共享")
        for query in own:
            remove.addAction(f"删除 {query.title}", partial(self.queries.forget, query.key))
        for each in mine:
            text = f"取消共享 {each.name}（{each.role}）"
            remove.addAction(text, partial(self.queries.unshare, each))

    def _ask_name(self) -> None:
        name, ok = QInputDialog.getText(self, "保存查询", "给这个查询起个名字：")
        if ok and name.strip():
            self.queries.save(name.strip(), self._current())
