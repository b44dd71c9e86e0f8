"""Write one list to one file: check the permission, write, and collect the owners of exact positions in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from registry.authz.actors import Actor, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import NotFound
from registry.kernel.exports.dataset import Dataset, ExportFormat, ExportRecord
from registry.kernel.exports.formats import file_ending, write
from registry.kernel.exports.lists import Args, ExportList, Source, list_of
from registry.kernel.i18n import _, current_locale, format_datetime, local

#: Rows between two reports of progress.
STEP: Final = 5_000


@dataclass
class WrittenFile:
    """A finished file: its download name, its rows, and the owners of the exact positions in it."""

    file_name: str
    rows: int = 0
    owner_ids: set[int] = field(default_factory=set)


def open_list(ctx: Ctx, list_code: str, args: Args) -> tuple[ExportList, Source]:
    """A list under a filter; NotFound, Forbidden or Invalid as on its page."""
    export_list = list_of(list_code)
    if export_list.permission is not P.PUBLIC:
        require(ctx, P(export_list.permission))
    return export_list, export_list.open(ctx, args)


def format_of(export_list: ExportList, name: str) -> ExportFormat:
    """A format that the list offers; NotFound for others."""
    formats_by_name = {offered_format.value: offered_format for offered_format in export_list.formats}
    if name not in formats_by_name:
        labels = ", ".join(str(other.value) for other in export_list.formats)
        raise NotFound(
            _("Danh sách này không có dạng tệp “%(name)s”; chọn một trong: %(all)s.", name=name[:20], all=labels)
        )
    return formats_by_name[name]


def write_list(
    ctx: Ctx,
    export_list: ExportList,
    source: Source,
    file_format: ExportFormat,
    folder: Path,
    progress: Callable[[int], None] | None = None,
) -> tuple[Path, WrittenFile]:
    """Write a list into `folder`, one row in memory at a time; `progress` receives the rows written so far."""
    stem = source.stem or export_list.stem
    written = WrittenFile(f"{stem}-{local(ctx.now):%Y%m%d-%H%M}.{file_ending(file_format)}")

    def count(owner_id: int | None) -> None:
        if owner_id is not None:
            written.owner_ids.add(owner_id)
        written.rows += 1
        if progress is not None and written.rows % STEP == 0:
            progress(written.rows)

    def records() -> Iterator[ExportRecord]:
        for record in source.records():
            count(record.owner_id)
            yield record

    data = Dataset(
        title=str(export_list.label),
        stem=stem,
        columns=source.columns,
        notes=_remarks(ctx, source),
        records=records,
        name_column=source.name_column,
        language=current_locale(),
    )
    path = folder / f"list.{file_ending(file_format)}"
    if source.writer is not None:
        source.writer(file_format, path, count)
    else:
        write(data, file_format, path)
    return path, written


def access_log_details(actor: Actor, list_code: str, file_format: ExportFormat, written: WrittenFile) -> dict[str, Any]:
    """The details of the access log entry on a file; the actor's own organisations are left out."""
    others = sorted(written.owner_ids - set(actor.organisation_ids))
    entry = {"what": "export", "owners": others, "rows": written.rows, "list": list_code, "format": file_format.value}
    return {"owner_ids": others, "looks": [entry]}


def _remarks(ctx: Ctx, source: Source) -> tuple[tuple[str, str], ...]:
    """The remarks in every file: filter, time, person, precision of positions."""
    conditions = "; ".join(f"{label}: {value}" for label, value in source.chosen)
    return (
        (_("Bộ lọc"), conditions or _("không lọc")),
        (_("Lập lúc"), format_datetime(ctx.now)),
        (_("Người lập"), ctx.actor.display_name),
        *source.notes,
    )
