"""The watcher against a scripted world: what it reports, and that nothing ends it but stop."""

import queue
import threading
from collections.abc import Mapping

import pytest

from ukey.errors import NoCard
from ukey.watch import Event, Watch

GONE = None


class World:
    """Readers as the test says; None for a service that is down."""

    def __init__(self, *states: dict[str, int] | None) -> None:
        self._states: queue.Queue[dict[str, int] | None] = queue.Queue()
        for state in states:
            self.becomes(state)

    def becomes(self, state: dict[str, int] | None) -> None:
        self._states.put(state)

    def connect(self) -> "World":
        if self._states.queue and self._states.queue[0] is GONE:
            self._states.get()
            raise NoCard
        return self

    def wait(self, known: Mapping[str, int] | None) -> dict[str, int]:
        try:
            state = self._states.get(timeout=1)
        except queue.Empty:
            return dict(known or {})
        if state is GONE:
            raise NoCard
        return state

    def cancel(self) -> None:
        self._states.put({})

    def close(self) -> None:
        pass


I, R = Event.INSERTED, Event.REMOVED
DOWN, UP = Event.SERVICE_GONE, Event.SERVICE_BACK


@pytest.mark.parametrize(
    ("states", "events"),
    [
        ([{"a": 1}], [I]),
        ([{}, {"a": 1}, {"a": 1}, {}], [I, R]),
        ([{"a": 1}, {"a": 3}], [I, R, I]),
        ([{"a": 1}, {"a": 1, "b": 1}, {"b": 1}], [I, I, R]),
        ([GONE], [DOWN]),
        ([{"a": 1}, GONE], [I, R, DOWN]),
        ([{"a": 1}, GONE, {"a": 1}], [I, R, DOWN, UP, I]),
        ([GONE, GONE, GONE, {}, {"a": 1}], [DOWN, UP, I]),
    ],
)
def test_events(states: list[dict[str, int] | None], events: list[Event]) -> None:
    seen: queue.Queue[Event] = queue.Queue()
    watch = Watch(World(*states).connect, seen.put)
    got = [seen.get(timeout=3) for _ in events]
    watch.stop()
    assert got == events
    assert seen.empty()


def test_a_failing_listener_does_not_end_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    second = threading.Event()

    def listen(event: Event) -> None:
        if event is I:
            raise RuntimeError("the page is gone")
        second.set()

    watch = Watch(World({"a": 1}, {}).connect, listen)
    assert second.wait(3)
    watch.stop()
    assert "the listener failed" in caplog.text


def test_stop_inside_a_callback() -> None:
    ended = threading.Event()
    holder: queue.Queue[Watch] = queue.Queue()

    def listen(_: Event) -> None:
        holder.get().stop()
        ended.set()

    watch = Watch(World({"a": 1}, {}).connect, listen)
    holder.put(watch)
    assert ended.wait(3)
    watch.stop()


def test_nothing_is_reported_after_stop() -> None:
    world, seen = World({}), list[Event]()
    watch = Watch(world.connect, seen.append)
    watch.stop()
    world.becomes({"a": 1})
    assert seen == []
