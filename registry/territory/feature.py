"""Administrative units: pages, search, and the commands that seed and import them."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.blueprint import system_transaction
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _, _l, _n
from registry.kernel.installation import INSTALLATION
from registry.kernel.search import SEARCH_SOURCES
from registry.territory.audit_subjects import SUBJECTS_OF_TERRITORY
from registry.territory.importing.service import import_folder
from registry.territory.pages import bp
from registry.territory.search import search_units
from registry.territory.seed import redraw, seed


@click.group("territory")
def _group() -> None:
    """Administrative units: seed and official boundaries."""


@_group.command("seed")
@with_appcontext
def _seed() -> None:
    """Add the units of the province that are missing; existing units are never changed."""
    with system_transaction() as ctx:
        result = seed(ctx, INSTALLATION.current().province)
    click.echo(
        _(
            "Đã thêm %(units)d đơn vị và %(successions)d quan hệ kế thừa.",
            units=result.units,
            successions=result.successions,
        )
    )


@_group.command("redraw")
@with_appcontext
def _redraw() -> None:
    """Redraw the approximate outlines, as a start of a newer version does; official outlines stay."""
    with system_transaction() as ctx:
        changed = redraw(ctx, INSTALLATION.current().province)
    click.echo(_n("Đã vẽ lại ranh giới gần đúng của %(num)d đơn vị.", changed))


@_group.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def _import(folder: Path) -> None:
    """Import official boundaries and lists from the GeoJSON and CSV files of FOLDER; all or nothing.

    Example: flask territory import ./boundaries
    """
    with system_transaction() as ctx:
        result = import_folder(ctx, folder)
    click.echo(
        _(
            "%(changes)d thay đổi: %(added)d đơn vị mới, %(changed)d đơn vị sửa, %(extents)d ranh giới,"
            " %(successions)d quan hệ kế thừa, %(names)d đơn vị có thêm tên cũ.",
            changes=result.changes,
            added=result.units_added,
            changed=result.units_changed,
            extents=result.extents_changed,
            successions=result.successions_changed,
            names=result.names_changed,
        )
    )


FEATURE = Feature(
    name="territory",
    blueprints=(bp,),
    commands=(_group,),
    provides=(
        SEARCH_SOURCES.named({"units": search_units}, order=50),
        *SUBJECTS_OF_TERRITORY,
        OBJECT_LABELS.named(
            {
                "admin_unit": _l("Đơn vị hành chính"),
            }
        ),
        ACTION_LABELS.named(
            {
                "territory.seed": _l("Nạp danh mục đơn vị hành chính"),
                "territory.import": _l("Nhập ranh giới hành chính"),
                "territory.redraw": _l("Vẽ lại ranh giới hành chính gần đúng"),
            }
        ),
        NAVIGATION.of(
            NavItem(_l("Địa bàn"), "territory.index", P.PUBLIC, NavGroup.STRUCTURES, own_icon="layers"), order=140
        ),
    ),
)
