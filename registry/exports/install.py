"""Puts exports into the application: store, lists, notices, and the menu that templates show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, g

from registry.audit.exports import LOOKS
from registry.cables.exports import CABLES
from registry.colocation.exports import AGREEMENTS, REQUESTS
from registry.colocation.figures_exports import FIGURES
from registry.exports.jobs import FOLDER, STORE, WORDS
from registry.exports.notices import read_notice
from registry.exports.ofds import FULL, PUBLIC
from registry.exports.pages import bp, download_links
from registry.exports.service import KIND
from registry.exports.storage import ExportStore
from registry.exports.structures import STRUCTURES
from registry.kernel.exports.lists import ExportList, register_list
from registry.kernel.i18n import force_locale
from registry.notices.readers import register_reader
from registry.occupations.exports import OCCUPATIONS
from registry.routelists.exports import ITEMS, ROUTE_LISTS
from registry.tariffs.exports import TARIFFS
from registry.violations.exports import VIOLATIONS

__all__ = ["bp", "install_exports", "services"]

LISTS = (
    STRUCTURES,
    FULL,
    PUBLIC,
    REQUESTS,
    FIGURES,
    AGREEMENTS,
    VIOLATIONS,
    OCCUPATIONS,
    ITEMS,
    ROUTE_LISTS,
    CABLES,
    TARIFFS,
    LOOKS,
)


def install_exports(app: Flask, data_dir: Path, *more: ExportList) -> None:
    """Everything that exports need of an application; `more` are lists of features beside this one."""
    app.extensions[STORE] = ExportStore(data_dir / FOLDER)
    app.jinja_env.globals["download_links"] = lambda list_code: download_links(g.ctx, list_code)
    for found in (*LISTS, *more):
        register_list(found)
    register_reader(KIND, read_notice)


def services(app: Flask) -> dict[str, Any]:
    """What the job is given: how to write in the language of who asked."""

    @contextmanager
    def in_language(language: str) -> Iterator[None]:
        with app.app_context(), force_locale(language):
            yield

    return {WORDS: in_language}
