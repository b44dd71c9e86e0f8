"""What a violated constraint of the database says to a form: its field and a sentence."""

from __future__ import annotations

from typing import Any

from psycopg.errors import Diagnostic
from sqlalchemy.exc import IntegrityError

from registry.kernel.errors import Invalid
from registry.kernel.feature import KeyedExtensionPoint

#: Constraint name -> (field, sentence).
CONSTRAINTS: KeyedExtensionPoint[tuple[str, Any]] = KeyedExtensionPoint("constraints")


def as_invalid(error: IntegrityError) -> Invalid:
    """The refusal for a violated constraint; re-raises an unmapped one."""
    diagnostic: Diagnostic | None = getattr(error.orig, "diag", None)
    name = (diagnostic.constraint_name if diagnostic else "") or ""
    if name not in CONSTRAINTS:
        raise error
    field, sentence = CONSTRAINTS[name]
    return Invalid({field: str(sentence)})
