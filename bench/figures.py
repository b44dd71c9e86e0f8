"""Small helpers of the measurements."""

from __future__ import annotations

import statistics
from typing import Any


def filled(text: str, values: dict[str, Any]) -> str:
    """SQL with `:name` replaced by numbers."""
    for name, value in values.items():
        text = text.replace(f":{name}", str(value))
    return text


def percentile(times: list[float]) -> float:
    """The 95th of a hundred."""
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else float("nan")
