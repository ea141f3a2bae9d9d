"""Templates have a name and a version, so that a print of years ago can be told from today's."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

_ROOT = "resources.print."


def template_of(draw: Callable[..., Any]) -> str:
    """The template a drawing function belongs to: "finance.invoice v1".

    The version is the VERSION of its module; who changes what a form shows raises it.
    """
    named = draw.func if isinstance(draw, partial) else draw
    module = sys.modules[named.__module__]
    return f"{module.__name__.removeprefix(_ROOT)} v{module.VERSION}"


def papers_of(draw: Callable[..., Any]) -> tuple[str, ...]:
    """The papers a form may be printed on besides its own; empty where it has just that."""
    named = draw.func if isinstance(draw, partial) else draw
    papers: tuple[str, ...] = getattr(sys.modules[named.__module__], "PAPERS", ())
    return papers
