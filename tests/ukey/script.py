"""A card played from a script: one line per exchange, ``command > answer``, spaces free."""


class Script:
    """Answers the scripted commands in order and no others; leaving it checks none is left."""

    def __init__(self, *lines: str) -> None:
        pairs = [line.split(">") for line in lines]
        self._left = [(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in pairs]
        self.closed = False

    def transmit(self, command: bytes) -> bytes:
        assert self._left, f"not in the script: {command.hex()}"
        expected, answer = self._left.pop(0)
        assert command.hex() == expected.hex()
        return answer

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> "Script":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        assert kind or not self._left, f"never sent: {self._left}"
