"""Plays the stock machine for a long time, on SQLite and PostgreSQL at once: make fuzz STEPS=n.

Every round begins with a fresh database, so the check of the whole ledger at the end of each play
stays quick. A failure prints the shortest play that shows it.
"""

import sys
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess

from installers import postgres
from tests.fuzz import stock

STEPS = 200_000  # on each database


def main(steps: int) -> int:
    """So many steps on SQLite and as many on PostgreSQL, side by side; 1 if either differs."""
    players = [_player("SQLite", "", steps)]
    if postgres.binaries() is None:
        print("PostgreSQL：未安装，没有运行")
        return _played(players)
    with postgres.running(durable=False) as url:
        return _played([*players, _player("PostgreSQL", url, steps)])


def _player(name: str, url: str, steps: int) -> SpawnProcess:
    # A fresh interpreter each: gRPC does not survive a fork.
    player = get_context("spawn").Process(target=stock.rounds, args=(name, url, steps))
    player.start()
    return player


def _played(players: list[SpawnProcess]) -> int:
    for player in players:
        player.join()
    return int(any(player.exitcode for player in players))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS))
