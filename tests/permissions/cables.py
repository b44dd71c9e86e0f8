"""A cable of Viettel over a pole of its own: what the rows of the table name, and what its form sends."""

from tests.factories.cables import cable
from tests.factories.structures import make

CABLE_FIELDS = {"cables.members_post": {"version": "{version}", "members": "{other_pole}; {pole}"}}


def cable_objects(ctx_of, place):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("viettel") as ctx:
        pole, other = (make(ctx, kind="cable_pole", at=place) for _number in range(2))
        made = cable(ctx, pole, at=place)
        return {
            "viettel cable": {
                "code": made.code,
                "version": made.version,
                "pole": pole.code,
                "other_pole": other.code,
            }
        }
