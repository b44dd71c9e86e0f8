"""A program with one more kind of structure; it prints what the rest of the registry makes of it.

`python -m tests.toy.small_cell ADDRESS FOLDER`: in the database of the owner's address its table is added as a revision
does it, and a structure of it registered, listed and exported by its owner.
"""

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

import sqlalchemy as sa  # noqa: E402 - the kinds come first

from config.settings import Settings  # noqa: E402
from migrations.helpers import add_kind, remove_kind  # noqa: E402
from registry.capacity.sharing_ratio import POSITION_KINDS  # noqa: E402
from registry.imports.mapping.fields import suggest_mapping  # noqa: E402
from registry.kernel.db.session import WEB_ROLE, Database  # noqa: E402
from registry.structures.positions.mast_spacing import MASTS  # noqa: E402
from registry.wiring import create_app  # noqa: E402
from tests.factories.structures import make  # noqa: E402
from tests.support.fixtures import browsers_of, contexts_on  # noqa: E402
from tests.toy.revised import revised  # noqa: E402

CODE = "lamp_post_cell"


def capabilities():
    """What others read from the kind alone."""
    kind = kinds.KINDS[CODE]
    return {
        "hosts": CODE in kinds.HOSTS,
        "mast": CODE in MASTS,
        "position of a station": CODE in POSITION_KINDS,
        "columns of a file": suggest_mapping(CODE, ("Tên công trình", "Cao độ ăng ten (m)")),
        "fields": sorted({"antenna_height_m", "sharing_status", "name"} & kind.fields().keys()),
    }


def add(op):
    op.create_table(
        CODE,
        sa.Column("id", sa.BigInteger, sa.ForeignKey("structure.id"), primary_key=True),
        sa.Column("antenna_height_m", sa.Numeric(12, 3)),
    )
    add_kind(CODE)


def in_use(url, folder):
    """What its owner does with one: status of the list and of the file, and whether it stands in both."""
    revised(url, add)
    database = Database(url, role=WEB_ROLE)
    app = create_app(Settings(secret_key="x" * 40, data_dir=Path(folder), testing=True), database)
    ctx_of = contexts_on(database)
    with ctx_of("viettel") as ctx:
        code = make(ctx, kind=CODE).code
    client = browsers_of(app, ctx_of)("viettel")
    answers = {}
    for address in (f"/structures?kind={CODE}", f"/exports/structures.csv?kind={CODE}", f"/structures/{code}"):
        answer = client.get(address)
        answers[address.partition("?")[0].replace(code, "<code>")] = (answer.status_code, code in answer.text)
    database.dispose()
    revised(url, lambda _op: remove_kind(CODE))
    return answers


sys.stdout.write(json.dumps({"capabilities": capabilities(), "in use": in_use(*sys.argv[1:])}))
