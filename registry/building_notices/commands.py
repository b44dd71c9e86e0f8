"""Commands that write notices before building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True)
class SendNotice:
    """A notice of the actor's organisation; `values` by field name, `kind` a code of a kind of structure."""

    values: Mapping[str, Any]
    kind: str
    position: ParsedPosition
    #: Code of the planned structure in the register, if it has one.
    structure_code: str | None = None
    #: The own announcement of joint building that the work follows.
    joint_build_id: int | None = None
