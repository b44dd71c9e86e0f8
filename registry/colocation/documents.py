"""Generated parts of docs/colocation.md: the diagrams of both workflows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.workflow import COLOCATION
from registry.kernel.documents import table
from registry.workflow.documents import diagram
from registry.workflow.models import LegalTerm

NAME: Final = "docs/colocation.md"
_DIAGRAMS: Final = ("<!-- diagrams: made by `flask --app app docs write` -->\n", "<!-- end of diagrams -->")
_TERMS: Final = ("<!-- terms -->\n", "<!-- end of terms -->")
#: Key prefixes of the terms in the table.
PREFIXES: Final = ("colocation.", "agreement.")


def colocation_document(checkout: Path) -> str:
    """The Markdown of docs/colocation.md in a checkout, with the current diagrams."""
    text = (checkout / NAME).read_text(encoding="utf-8")
    parts = (f"### {flow.label} (`{flow.code}`)\n\n{diagram(flow)}" for flow in (COLOCATION, AGREEMENT))
    before, rest = text.split(_DIAGRAMS[0], 1)
    after = rest.split(_DIAGRAMS[1], 1)[1]
    return "".join((before, _DIAGRAMS[0], "\n", "\n".join(parts), "\n", _DIAGRAMS[1], after))


def terms_in(text: str) -> str:
    """The table of terms in the document."""
    return text.split(_TERMS[0], 1)[1].split(_TERMS[1], 1)[0].strip()


def terms_table(rows: Iterable[LegalTerm]) -> str:
    """The table of terms in the database: key, length, reminders, citation."""
    cells = [
        [
            f"`{row.key}`",
            f"{row.length} {row.unit.value.replace('_', ' ')}s",
            ", ".join(map(str, row.reminders)),
            row.citation + (" **verify**" if row.needs_verification else ""),
        ]
        for row in rows
        if row.key.startswith(PREFIXES) and row.organisation_id is None
    ]
    heads = ["Term", "Length", "Reminders, working days before", "Source"]
    return table(heads, cells).strip()
