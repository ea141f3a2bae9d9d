"""Work off the GUI thread: files, printers, pages to draw. Never for questions to the server."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

THREADS = 3


class Background(QObject):
    """Runs jobs on a few threads and brings their answers back into the GUI thread.

    The threads touch this object only, and it outlives every window.
    """

    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="background")
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        job: Callable[[], Any],
        owner: QObject,
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Run job on a thread; done or failed is called later, unless owner is gone by then."""

        def deliver(future: "Future[Any]") -> Callable[[], None]:
            def act() -> None:
                if not isValid(owner):
                    return
                error = future.exception()
                if isinstance(error, Exception):
                    failed(error)
                elif error is None:
                    done(future.result())

            return act

        future = self._pool.submit(job)
        future.add_done_callback(lambda finished: self._post(deliver(finished)))

    def _post(self, act: Callable[[], None]) -> None:
        if isValid(self):
            self._arrived.emit(act)

    def _deliver(self, act: Callable[[], None]) -> None:
        act()


@cache
def background() -> Background:
    """The background threads of this program."""
    return Background()
