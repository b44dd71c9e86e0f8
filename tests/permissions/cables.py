"""A cable of Viettel over a pole of its own: what the rows of the table name, and what its form sends."""

from tests.factories.cables import cable
from tests.factories.structures import make

CABLE_FIELDS = {"cables.members_post": {"version": "{version}", "members": "{other_pole}; {pole}"}}


def cable_objects(ctx_of, at):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("viettel") as ctx:
        pole, other = (make(ctx, kind="cable_pole", at=at) for _number in range(2))
        cable_route = cable(ctx, pole, at=at)
        return {
            "viettel cable": {
                "code": cable_route.code,
                "version": cable_route.version,
                "pole": pole.code,
                "other_pole": other.code,
            }
        }
