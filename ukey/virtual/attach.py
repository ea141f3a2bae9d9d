"""A workstation with a software token: over real PC/SC where possible, else in this process."""

from pathlib import Path
from typing import Protocol, Self

from ukey.key import Tokens
from ukey.virtual import NOTICE
from ukey.virtual.card import VirtualCard
from ukey.virtual.daemon import PcscDaemon, missing_parts
from ukey.virtual.inprocess import InProcessReader


class Workstation(Protocol):
    """A token source and the hand that puts cards in and pulls them."""

    notice: str

    @property
    def tokens(self) -> Tokens: ...
    def insert(self, card: VirtualCard) -> None: ...
    def remove(self) -> None: ...
    def close(self) -> None: ...


class _Closing:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError


class PcscWorkstation(_Closing):
    """pcscd with the virtual reader; cards go through the whole PC/SC stack."""

    def __init__(self) -> None:
        from ukey.pcsc import PcscTokens

        self.notice = NOTICE
        self.daemon = PcscDaemon()
        self.daemon.start()
        self.tokens: Tokens = PcscTokens()
        self._slot = self.daemon.slot()

    def insert(self, card: VirtualCard) -> None:
        """Put a card in the first slot."""
        self._slot.insert(card)

    def remove(self) -> None:
        """Pull the card."""
        self._slot.remove()

    def close(self) -> None:
        """Pull the card and end pcscd."""
        self.remove()
        self.daemon.stop()


class InProcessWorkstation(_Closing):
    """The folder reader; no service, no driver, any operating system."""

    def __init__(self, directory: Path) -> None:
        self._reader = InProcessReader(directory)
        self.notice = f"{NOTICE}（未经过 PC/SC 服务，软件读卡器目录：{directory}）"
        self.tokens: Tokens = self._reader

    def insert(self, card: VirtualCard) -> None:
        """Put a card in the folder reader."""
        self._reader.insert(card)

    def remove(self) -> None:
        """Pull the card."""
        self._reader.remove()

    def close(self) -> None:
        """Pull the card."""
        self.remove()


def attach(directory: Path) -> PcscWorkstation | InProcessWorkstation:
    """A workstation over pcscd and vpcd where both are installed, else at a folder.

    Its `notice` is to be shown.  Raises CardError where the software UKEY is not allowed, or
    another pcscd runs.
    """
    return InProcessWorkstation(directory) if missing_parts() else PcscWorkstation()
