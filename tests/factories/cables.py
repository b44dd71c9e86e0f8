"""Cables over poles and ducts, made by the services as their owners make them."""

from registry.cables.commands import SetMembers
from registry.cables.service import set_members
from registry.structures.models import Structure
from tests.factories.structures import HAC_THANH, make

LON, LAT = HAC_THANH
#: About 40 m to the east.
SPAN = 0.0004


def poles(ctx, count=3, *, owner="viettel", **texts):
    """So many cable poles of an owner in a row to the east."""
    return [make(ctx, owner=owner, kind="cable_pole", at=(LON + n * SPAN, LAT), **texts) for n in range(count)]


def cable(ctx, *members, owner="viettel", **texts):
    """A cable of an owner over structures (or their codes), which may be none."""
    cable_route = make(ctx, owner=owner, kind="cable_route", **texts)
    if members:
        codes = tuple(member.code if isinstance(member, Structure) else member for member in members)
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, codes))
    return cable_route
