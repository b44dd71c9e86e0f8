"""What the writes of cables need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SetMembers:
    """The whole list of what carries a cable, from end to end; `version` is the one of the cable that was read.

    `codes` are the owner's own codes or the province's. `redraw` draws the cable through the places of its members.
    """

    cable_code: str
    version: int
    codes: tuple[str, ...]
    redraw: bool = False
