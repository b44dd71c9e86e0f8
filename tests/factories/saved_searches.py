"""Searches that are kept, and the job that looks at them."""

from datetime import timedelta

from sqlalchemy import select

from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.kernel.clock import utc_now
from registry.notices.models import Notice
from registry.saved_searches.jobs import run_checks
from registry.saved_searches.service import KIND, SaveSearch, SearchOptions, save_search
from tests.factories.structures import HAC_THANH, make

#: Towers with room within 500 m of Hạc Thành, as the form of the list sends it.
TOWERS_HERE = "kind=antenna_tower&near=19.807%2C105.776&within=500&room=1"
QUARTER = timedelta(minutes=15)
#: Degrees of longitude of about 300 m, and of 1 km.
A_WALK, FAR = 0.003, 0.01


def keep(ctx, query=TOWERS_HERE, name="Cột còn chỗ", *, shared=False, watched=False, default=False):
    """Keep a filter for the actor."""
    return save_search(ctx, SaveSearch(query, SearchOptions(name, shared, watched, default)))


def tower(ctx, *, free=2, away=A_WALK, **texts):
    """A published tower of the actor with places, east of Hạc Thành."""
    at = (HAC_THANH[0] + away, HAC_THANH[1])
    structure = make(ctx, owner="vnpt", at=at, **({"sharing_status": "available"} | texts))
    if free is not None:
        set_place(ctx, SetPlace(structure.code, "Sàn 1", PlaceUnit.POSITION, free))
    return structure


def look_again(database, after=QUARTER):
    """Run the job as some time after now; how many searches it looked at."""
    return run_checks(database, utc_now() + after)


def told(ctx):
    """The notices of saved searches, oldest first."""
    return list(ctx.session.scalars(select(Notice).where(Notice.subject_kind == KIND).order_by(Notice.id)))
