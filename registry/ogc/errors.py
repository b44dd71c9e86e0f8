"""Refusals of the interface."""

from __future__ import annotations

from registry.kernel.errors import Invalid


class BadParameter(Invalid):
    """A parameter that cannot be read, with its name: answered with 400, as OGC API wants it."""

    status = 400
    title = "Bad parameter"

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__({name: sentence})
