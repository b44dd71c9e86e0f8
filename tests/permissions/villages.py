"""A village in the area of ubnd.xa, and one elsewhere."""

from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.villages.commands import AddVillage
from registry.villages.service import add_village
from tests.factories.structures import organisation_id
from tests.factories.villages import village_values
from tests.support.clock import NOW

COVERAGE = {"households": "120", "mobile_on": "01/06/2020", "ftth_on": ""}
VILLAGE_FIELDS = {
    "villages.create": COVERAGE | {"commune": "{commune_id}", "kind": "ban", "name": "Hón"},
    "villages.edit_post": COVERAGE | {"version": "1"},
    "village_coverage.enter_post": {
        "operator": "{operator_id}",
        "valid_from": "01/07/2026",
        "source": "Công văn 1",
        "file": ("phu-song.csv", "Xã, phường;Thôn, bản, khu phố;Phủ sóng 4G\nPhường Hạc Thành;Thôn 1;có\n".encode()),
    },
    "villages.change_post": {
        "kind": "khu_pho",
        "names": "Đông Sơn",
        "effective_on": "01/11/2026",
        "decision": "Nghị quyết 12",
    },
}


def village_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        area = ctx.actor.unit_ids
    with ctx_of("so.khcn", now=NOW) as ctx:
        communes = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
        own = next(unit.id for unit in communes if unit.id in area)
        other = next(unit.id for unit in communes if unit.id not in area)
        return {
            name: {
                "commune_id": commune_id,
                "operator_id": organisation_id(ctx.session, "viettel"),
                "village_id": add_village(ctx, AddVillage(commune_id, village_values(name="1", households=90))).id,
            }
            for name, commune_id in (("village of area", own), ("village elsewhere", other))
        }
