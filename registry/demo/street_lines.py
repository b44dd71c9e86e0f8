"""Where the made-up streets of the demonstration run, for the planning of routes; and their removal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.demo.ground import Commune
from registry.demo.streets import Street
from registry.kernel.db.history import history_of
from registry.streets import models
from registry.streets.models import RoadClass, StreetLine
from registry.streets.reading import ReadLine
from registry.streets.service import take_lines

#: Every line says where it comes from: this is the mark of the sample.
SOURCE: Final = "Dữ liệu mẫu"
#: A commune's main road meets its streets at this point of theirs, so that a route can lead from one to the next.
_CROSSING: Final = 1

LaidOut = Sequence[tuple[Commune, Sequence[Street]]]


def write(ctx: Ctx, laid_out: LaidOut) -> None:
    """Add the streets along which sample structures stand, and the main road of each commune that joins them."""
    take_lines(ctx, list(_lines(laid_out)), SOURCE)


def _lines(laid_out: LaidOut) -> Iterator[ReadLine]:
    for commune, streets in laid_out:
        for street in streets:
            name = street.name[0].upper() + street.name[1:]
            yield ReadLine(name, None, _class_of(commune, name), commune.code, street.line)
        if len(streets) > 1:
            points = tuple(street.line[_CROSSING] for street in streets)
            yield ReadLine(f"Đường trục {commune.short_name}", None, _class_of(commune, ""), commune.code, points)


def _class_of(commune: Commune, name: str) -> RoadClass:
    if commune.is_ward:
        return RoadClass.URBAN
    return RoadClass.DISTRICT if name.startswith("Đường huyện") else RoadClass.COMMUNE


def were_made(ctx: Ctx) -> bool:
    """Whether there ever were lines of the sample."""
    history = history_of(StreetLine)
    return ctx.session.scalar(select(history.c.id).where(history.c.source == SOURCE).limit(1)) is not None


def remove(session: Session) -> int:
    """Remove the sample's lines, and of the streets those that came with them and that nobody else has drawn since.

    A street came with them where one change wrote both. Returns how many lines there were.
    """
    lines, streets = history_of(StreetLine), history_of(models.Street)
    removed = session.execute(
        delete(StreetLine).where(StreetLine.source == SOURCE).returning(StreetLine.street_id)
    ).all()
    if removed:
        earlier = streets.alias()
        changes = select(lines.c.change_id).where(lines.c.source == SOURCE)
        made_with = select(streets.c.id).where(
            streets.c.change_id.in_(changes),
            ~exists().where(earlier.c.id == streets.c.id, earlier.c.history_id < streets.c.history_id),
        )
        drawn = exists().where(StreetLine.street_id == models.Street.id)
        ids = {row.street_id for row in removed}
        session.execute(delete(models.Street).where(models.Street.id.in_(ids), models.Street.id.in_(made_with), ~drawn))
    return len(removed)
