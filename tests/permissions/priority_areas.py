"""An area that the plan puts first: what fills addresses, and what its forms send."""

from tests.factories.infra_plans import file_of, square
from tests.factories.priority_areas import area, outlined

_FORM = {
    "kind": "hospital",
    "name": "Bệnh viện thử",
    "valid_from": "01/01/2026",
    "source": "Quyết định thử",
    "needs_verification": "true",
}
_FILE = file_of(outlined(square(105.776, 19.807), ten="Trường thử", loai="school")).getvalue()
PRIORITY_AREA_FIELDS = {
    "priority_areas.create": _FORM | {"position": "19,807; 105,776", "system": "auto"},
    "priority_areas.save": _FORM | {"version": "1"},
    "priority_areas.file_post": {name: _FORM[name] for name in ("valid_from", "source", "needs_verification")}
    | {"file": ("khu-vuc.geojson", _FILE)},
}


def priority_area_objects(ctx_of, at):
    """Object of the table -> what fills addresses."""
    return {"priority area": {"area_id": area(ctx_of, at, name="Khu công nghiệp thử")}}
