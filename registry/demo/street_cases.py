"""Sample cases in streets: the works that their owners announce."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registry.demo.data import column_values, points_of
from registry.street_works.commands import AnnounceWork
from registry.street_works.service import announce_work
from registry.street_works.workflow import STREET_WORK
from registry.streets.work_models import StreetWork

if TYPE_CHECKING:
    from registry.demo.cases import Entry, Stage


def create_street_work(stage: Stage, entry: Entry) -> None:
    defaults = dict.fromkeys(("from_place", "to_place", "width_m", "depth_m", "note"))
    line = json.dumps({"type": "LineString", "coordinates": points_of(entry["route"])})
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = defaults | column_values(StreetWork, stage.resolve(entry))
        work_id = announce_work(ctx, AnnounceWork(values, "", None, line)).id
    stage.move(STREET_WORK, work_id, entry.get("moves", ()))
