"""Writes of officials outside of moves: the clearing of photos."""

from __future__ import annotations

from collections.abc import Collection

from registry.audit.access_log import log_personal_data
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.storage import FileStore
from registry.incidents.models import Incident, IncidentPhoto
from registry.incidents.photos import clear_photo, refuse_photo
from registry.incidents.workflow import INCIDENT
from registry.workflow.engine import touch

CLEARED, REFUSED = "clear_photo", "refuse_photo"


def decide_photo(
    ctx: Ctx, store: FileStore, photo: IncidentPhoto, case: Incident, cells: Collection[int] | None
) -> None:
    """Let others see a photo with these cells blackened, or, without cells (None), refuse it."""
    require(ctx, P.INCIDENT_TRIAGE, case)
    if cells is None:
        refuse_photo(photo)
    else:
        clear_photo(store, photo, cells)
    what = REFUSED if cells is None else CLEARED
    touch(ctx, INCIDENT, case, what, new_version=False, photo_id=photo.id, sha256=photo.sha256)


def note_reading(ctx: Ctx, case: Incident) -> None:
    """Note that the actor reads who reported a case."""
    log_personal_data(ctx, "incident_reporters", case.handler_organisation_id, case=case.number)
