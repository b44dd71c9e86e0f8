"""Photos of an inspected structure: attachments of its row in the plan."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import FileStorage

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.forms import to_add
from registry.files.service import add_photo
from registry.files.storage import FileStore
from registry.files.subjects import FileSubject
from registry.inspections.codes import ITEM, PlanState
from registry.inspections.queries import find_item
from registry.kernel.errors import Forbidden
from registry.kernel.i18n import _


def attach_photos(ctx: Ctx, store: FileStore, item_id: int, sent: Iterable[tuple[str, FileStorage]]) -> None:
    """Keep the photos, each sent with the name of its form field; Invalid at that field for what is no photo."""
    for field, file in sent:
        add_photo(ctx, store, to_add(file, ITEM, item_id, _("Ảnh kiểm tra tại chỗ")), field)


def _owner_of_files(ctx: Ctx, item_id: int, permission: P) -> int:
    """The authority that made the plan; only who records results in an issued plan adds photos."""
    plan, _view = find_item(ctx, item_id)
    if permission is P.FILE_ADD:
        require(ctx, P.INSPECTION_RECORD, plan)
        if plan.state is not PlanState.ISSUED:
            raise Forbidden
    return plan.organisation_id


#: Photos are evidence of the result, so none is withdrawn.
ITEM_FILES = FileSubject(ITEM, _owner_of_files, "inspections.item_by_id", "item_id", is_locked=lambda _ctx, _id: True)
