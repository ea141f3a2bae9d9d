"""The code lists that fields name: one JSON file {"code": "label"} each."""

import json
from functools import cache
from importlib.resources import files


@cache
def codes(name: str) -> dict[str, str]:
    """Label by code, in the order of the file; FileNotFoundError if there is no such list."""
    text = (files("resources") / "dictionaries" / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))
