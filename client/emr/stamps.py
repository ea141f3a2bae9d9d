"""Moments and names of rows, as the tablet makes them."""

import time
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from client.core import dates
from resources.emr.keys import new_key


def fresh_key() -> str:
    """A name for something made on this tablet."""
    return new_key(time.time_ns() // 1_000_000)


def moment() -> datetime:
    """Now, to the second."""
    return dates.now().replace(microsecond=0)


def stamp() -> Timestamp:
    """Now, to the second, as messages hold it."""
    made = Timestamp()
    made.FromDatetime(moment())
    return made
