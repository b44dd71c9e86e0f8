"""Years alone where files and forms have dates: the first day of the year, and a flag that only it is known."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date
from typing import Final

from registry.kernel.fields import Field

#: A year alone, in Python and in the database: 2010, "năm 2010".
YEAR: Final = re.compile(r"\s*(?:[Nn]ăm\s*)?((?:19|20)[0-9]{2})(?:[.,]0)?\s*")


def flag_of(field: Field, fields: Container[str]) -> str | None:
    """The field that says that only the year of a date is known; None where the kind has none for it."""
    name = f"{field.name.removesuffix('_on')}_year_only"
    return name if field.python_type is date and name in fields else None
