"""The network between a client and a server, to be cut or made to swallow what comes back."""

import contextlib
import socket
import threading


class Cable:
    """Forwards TCP from its own port; `mute` loses what the server says, `cut` ends everything."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._plugged = threading.Event()
        self._plugged.set()
        self.mute = False
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._plugged.clear()
        for end in self._ends:
            _close(end)
        self._ends = []

    def mend(self) -> None:
        """Let new connections through again."""
        self.mute = False
        self._plugged.set()

    def close(self) -> None:
        """End for good."""
        self.cut()
        _close(self._listener)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._plugged.is_set():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                if not self._plugged.is_set():  # cut while the connection was being made
                    _close(near)
                    _close(far)
                    continue
                for one, other, back in ((near, far, False), (far, near, True)):
                    pump = threading.Thread(target=self._pump, args=(one, other, back), daemon=True)
                    pump.start()

    def _pump(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not (back and self.mute):
                    target.sendall(data)
        _close(source)
        _close(target)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
