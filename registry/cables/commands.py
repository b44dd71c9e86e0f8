"""Commands of cables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SetMembers:
    """The whole list of structures that carry a cable, from end to end; `version` is that of the cable as read.

    `codes` are the owner's own codes or the province's. `redraw` redraws the cable through its members.
    `reason`: why what a rule asks about is right as stated.
    """

    cable_code: str
    version: int
    codes: tuple[str, ...]
    redraw: bool = False
    reason: str = ""
