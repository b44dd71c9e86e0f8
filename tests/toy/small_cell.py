"""A program with one more kind of structure; it prints what the rest of the registry makes of it."""

import json
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import registry.structures

# The package of the kinds with one module more, as if the file lay in its folder.
spec = find_spec("registry.structures.kinds")
kinds = module_from_spec(spec)
kinds.__path__.append(str(Path(__file__).parent / "kinds"))
sys.modules[spec.name] = registry.structures.kinds = kinds
spec.loader.exec_module(kinds)

from registry.dashboard.sharing import POSITION_KINDS  # noqa: E402 - the kinds come first
from registry.imports.mapping.fields import suggest_mapping  # noqa: E402
from registry.planned_sites.mast_spacing import MASTS  # noqa: E402

CODE = "lamp_post_cell"
kind = kinds.KINDS[CODE]
sys.stdout.write(
    json.dumps(
        {
            "hosts": CODE in kinds.HOSTS,
            "mast": CODE in MASTS,
            "position of a station": CODE in POSITION_KINDS,
            "columns of a file": suggest_mapping(CODE, ("Tên công trình", "Cao độ ăng ten (m)")),
            "fields": sorted({"antenna_height_m", "sharing_status", "name"} & kind.fields().keys()),
        }
    )
)
