"""docs/figures.md, generated from the declared figures."""

from __future__ import annotations

from typing import Final

from registry.indicators.declared import FIGURES
from registry.kernel.documents import table

_HEAD: Final = """# Figures

Made from the declarations (`FIGURES.of(...)` of each feature) by `flask --app app docs write`; change them there.

Indicators, dashboard, reports, files and public pages read a figure by `read_figure`. A figure of the province is
computed as the system does, without restricted structures: its value is one for all readers, its parts have those whose
figures cover the province. A figure in the scope of a reader or an owner says so where it stands
([ADR 0046](adr/0046-figures-declared-once.md)).
"""


def figures_document() -> str:
    rows = [
        [
            f"`{figure.code}`",
            str(figure.label),
            str(figure.formula),
            str(figure.unit.label),
            ", ".join(str(scope.label) for scope in figure.scopes),
            str(figure.source),
            f"`{figure.permission.value}`",
        ]
        for figure in sorted(FIGURES.values(), key=lambda each: each.code)
    ]
    return f"{_HEAD}\n{table(['code', 'name', 'formula', 'unit', 'scopes', 'source', 'permission'], rows)}"
