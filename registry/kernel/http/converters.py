"""Parts of addresses as routes are given them."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map


class RowNumber(IntegerConverter):
    """Numbers in addresses are ids of rows: larger ones than the database knows are no address (404)."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:
        """The converter of Werkzeug with the largest bigint as its upper end."""
        super().__init__(map, fixed_digits, min, 2**63 - 1 if max is None else max)
