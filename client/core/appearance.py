"""Theme, size of letters and density as the user chose them."""

from client.core import style
from client.core.settings import Settings


def apply_look(settings: Settings) -> None:
    """Show the theme and the size this user chose."""
    style.look().density = settings.value("density", "normal")
    style.look().apply(
        settings.value("theme", "light"),
        settings.value(_size_key(), 130 if style.look().touch else 100),
    )


def _size_key() -> str:
    """A tablet is read from farther away than a desk's screen: a size for each."""
    return "percent_touch" if style.look().touch else "percent"


def set_look(settings: Settings, name: str, value: str | int) -> None:
    """Keep a choice, by its setting's name, and show it."""
    settings.set(_size_key() if name == "percent" else name, value)
    apply_look(settings)
