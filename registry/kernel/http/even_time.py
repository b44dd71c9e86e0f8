"""Refusals that take equally long, whatever was looked up for them."""

from __future__ import annotations

import math
import time
from typing import Final

from flask import Response, after_this_request

#: More than what is looked up takes, so that all refusals end at the first step on a machine that is not overloaded.
STEP_S: Final = 0.05
_REFUSED: Final = 400


def even_refusals() -> None:
    """Let a refusal of this request end at a whole number of steps from now; after its transaction, without a lock."""
    started = time.monotonic()

    @after_this_request
    def wait(response: Response) -> Response:
        if response.status_code >= _REFUSED:
            spent = time.monotonic() - started
            time.sleep(math.ceil(spent / STEP_S) * STEP_S - spent)
        return response
