"""Commands of people without an account."""

from __future__ import annotations

from dataclasses import dataclass

from registry.incidents.codes import IncidentKind
from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How a reporter may be reached; empty where they do not want to be."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    consents: bool = False

    @property
    def is_given(self) -> bool:
        return any((self.name, self.phone, self.email))


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """Where a reporter says that it is: the structure of a label, a position, or commune and words."""

    structure_id: int | None = None
    place: ParsedPosition | None = None
    accuracy_m: float | None = None
    unit_id: int | None = None
    address: str | None = None

    @property
    def cell(self) -> str:
        """Where it is, roughly: what messages from one spot have in common, as the limits count them."""
        if self.place is not None:
            return f"{float(self.place.lat):.2f} {float(self.place.lon):.2f}"
        return f"structure {self.structure_id}" if self.structure_id is not None else f"unit {self.unit_id}"


@dataclass(frozen=True, kw_only=True)
class SendReport:
    """A complete report; its photos are in quarantine under the same draft."""

    draft: str
    where: Whereabouts
    kind: IncidentKind
    is_dangerous: bool
    text: str | None = None
    marks: str | None = None
    contact: Contact = Contact()
    #: Without the work that the crowd asks for: it joins a dangerous case of its cell, as a counted row.
    is_unproved: bool = False


@dataclass(frozen=True)
class RateReport:
    """How satisfied the holder of a tracking code is, 1 to 5, and why."""

    code: str
    satisfaction: int
    text: str | None


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """Somebody meets a known incident too, or proves that it is not repaired."""

    draft: str
    text: str | None = None
    contact: Contact = Contact()
