"""What a browser's own description of itself (User-Agent) says to a person: browser and system, no more."""

from __future__ import annotations

from typing import Final

from registry.kernel.i18n import _

#: Mark in the description -> name; the first that occurs counts, since most browsers also claim to be the later ones.
_BROWSERS: Final = (
    ("coc_coc_browser/", "Cốc Cốc"),
    ("Edg/", "Microsoft Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_label(description: str) -> str:
    """Browser and system in words, as far as the description names any that are known."""
    browser = _first(_BROWSERS, description)
    system = _first(_SYSTEMS, description)
    if browser and system:
        return _("%(browser)s trên %(system)s", browser=browser, system=system)
    return browser or system or _("Thiết bị không rõ")


def _first(marks: tuple[tuple[str, str], ...], description: str) -> str:
    return next((name for mark, name in marks if mark in description), "")
