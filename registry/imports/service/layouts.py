"""Columns of files that were applied: remembered by layout, corrected, forgotten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, select, text
from sqlalchemy.orm import joinedload

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.imports.mapping.aliases import member_of
from registry.imports.mapping.date_patterns import DATE_PATTERNS
from registry.imports.mapping.fields import import_fields
from registry.imports.models import ImportBatch, RememberedLayout
from registry.imports.reading.heading import plain_key
from registry.imports.service.split import split_again, split_columns
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _

_REMEMBER: Final = text(
    "INSERT INTO import_layout"
    " (organisation_id, kind, layout, header, fields, meanings, file_name, batch_id, used_at, used_by_id, version)"
    " VALUES (:owner, :kind, :layout, CAST(:header AS jsonb), CAST(:fields AS jsonb),"
    " CAST(:meanings AS jsonb), :file, :batch, :now, :user, 1)"
    " ON CONFLICT (organisation_id, kind, layout) DO UPDATE SET header = excluded.header, fields = excluded.fields,"
    "  meanings = excluded.meanings,"
    "  file_name = excluded.file_name, batch_id = excluded.batch_id, used_at = excluded.used_at,"
    "  used_by_id = excluded.used_by_id, version = import_layout.version + 1"
)


#: What a person says of values, by field, in the options of a batch.
REMEMBERED_OPTIONS: Final = ("values", "date_patterns", "replacements")


def layout_key(header: Sequence[str]) -> str:
    """Key of a layout: the headings in their order, without diacritics and case."""
    return hashlib.sha256(json.dumps([plain_key(word) for word in header]).encode()).hexdigest()


def file_header(batch: ImportBatch) -> list[str]:
    """Headings of the file, without those of columns that were split off."""
    split = {name for names in split_columns(batch).values() for name in names}
    return [word for word in batch.found.get("header") or () if word not in split]


def remember_layout(ctx: Ctx, batch: ImportBatch) -> None:
    """Remember the columns of an applied import. Columns without values were not decided on and are left out."""
    header = file_header(batch)
    fields = {word: name for name, word in batch.mapping.items()}
    empty = batch.found.get("empty") or ()
    values = {
        "owner": batch.organisation_id,
        "kind": batch.kind,
        "layout": layout_key(header),
        "header": json.dumps(header),
        "fields": json.dumps({word: fields.get(word) for word in header if word not in empty}),
        "meanings": json.dumps(values_to_remember(batch)),
        "file": batch.file_name,
        "batch": batch.id,
        "now": ctx.now,
        "user": ctx.actor.id,
    }
    ctx.session.execute(_REMEMBER, values)


def forget_layout_of(ctx: Ctx, batch: ImportBatch) -> None:
    """Forget what an import that was undone left."""
    ctx.session.execute(delete(RememberedLayout).where(RememberedLayout.batch_id == batch.id))


def layout_of(ctx: Ctx, batch: ImportBatch) -> RememberedLayout | None:
    """The layout remembered of the owner for the headings of a batch."""
    header = file_header(batch)
    if not header:
        return None
    query = select(RememberedLayout).where(
        RememberedLayout.organisation_id == batch.organisation_id,
        RememberedLayout.kind == batch.kind,
        RememberedLayout.layout == layout_key(header),
    )
    return ctx.session.scalars(query).one_or_none()


def remembered_fields(ctx: Ctx, batch: ImportBatch) -> dict[str, str | None]:
    """Heading of the batch -> field of the remembered layout, None where the column was ignored."""
    layout = layout_of(ctx, batch)
    if layout is None:
        return {}
    known_fields = {None, *import_fields(batch.kind)}
    remembered = layout.fields | {
        former: name for split in layout.meanings.get("splits") or () for former, name in split["fields"]
    }
    return {
        word: remembered[former]
        for former, word in _renamed(batch, layout).items()
        if former in remembered and remembered[former] in known_fields
    }


def _renamed(batch: ImportBatch, layout: RememberedLayout) -> dict[str, str]:
    """Headings of the layout, those of split columns included -> headings of the batch."""
    words = dict(zip(layout.header, file_header(batch), strict=True))
    for split in layout.meanings.get("splits") or ():
        parts = split_columns(batch).get(words.get(split["column"], ""), ())
        words |= dict(zip((former for former, _name in split["fields"]), parts, strict=False))
    return words


def recall_splits(ctx: Ctx, batch: ImportBatch) -> list[str]:
    """Split the columns of a batch as those of its layout were; returns a sentence for each."""
    layout = layout_of(ctx, batch)
    sentences = []
    for split in (layout.meanings.get("splits") or ()) if layout is not None else ():
        word = _renamed(batch, layout).get(split["column"]) if layout is not None else None
        try:
            names = split_again(ctx.session, batch, word, split["at"]) if word is not None else []
        except Invalid:
            names = []
        if names:
            sentence = _(
                "Cột “%(word)s” được tách tại “%(at)s” như lần trước: %(names)s.",
                word=word,
                at=split["at"],
                names=", ".join(names),
            )
        else:
            sentence = _(
                "Lần trước cột “%(word)s” được tách tại “%(at)s”; tệp này không tách như vậy được.",
                word=split["column"],
                at=split["at"],
            )
        sentences.append(sentence)
    return sentences


def recall_values(layout: RememberedLayout, mapping: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Options of a layout that hold for the columns of a batch, and what it names that the program no longer has."""
    fields = import_fields(layout.kind)
    gone = [name for name in layout.fields.values() if name is not None and name not in fields]
    values: dict[str, dict[str, str]] = {}
    for name, meanings in (layout.meanings.get("values") or {}).items():
        if name not in fields:
            gone.append(name)
            continue
        declared = fields[name].declared
        choices = declared.choices if declared is not None else None
        for text_of_file, meaning in meanings.items():
            if choices is not None and meaning and member_of(name, choices, meaning) is None:
                gone.append(meaning)
            elif name in mapping:
                values.setdefault(name, {})[text_of_file] = meaning
    patterns = layout.meanings.get("date_patterns") or {}
    replacements = layout.meanings.get("replacements") or {}
    gone += [code for code in patterns.values() if code not in DATE_PATTERNS]
    gone += [name for name in (*patterns, *replacements) if name not in fields]
    options = {
        "values": values,
        "date_patterns": {name: code for name, code in patterns.items() if name in mapping and code in DATE_PATTERNS},
        "replacements": {name: pairs for name, pairs in replacements.items() if name in mapping and name in fields},
    }
    return {name: choices for name, choices in options.items() if choices}, sorted(set(gone))


def values_to_remember(batch: ImportBatch) -> dict[str, Any]:
    """Meanings of values, patterns of dates, replacements and split columns of a batch."""
    fields = {word: name for name, word in batch.mapping.items()}
    parts = split_columns(batch)
    splits = [
        {"column": word, "at": separator, "fields": [[name, fields.get(name)] for name in parts[word]]}
        for word, separator in batch.found.get("split_at") or ()
    ]
    return {name: batch.options[name] for name in REMEMBERED_OPTIONS if batch.options.get(name)} | (
        {"splits": splits} if splits else {}
    )


def forget_values(ctx: Ctx, layout_id: int, version: int) -> RememberedLayout:
    """Forget the meanings, replacements and split columns of a layout; its columns stay."""
    layout = _changeable(ctx, layout_id, version)
    layout.meanings = {}
    ctx.session.flush()
    record(ctx, "import.layout_edit", "import_batch", layout.batch_id, on_behalf_of_id=layout.organisation_id)
    return layout


def layouts_query(ctx: Ctx) -> Any:
    """Layouts of the owners for which the user may import."""
    return (
        select(RememberedLayout)
        .options(joinedload(RememberedLayout.organisation))
        .where(visible(ctx, RememberedLayout, P.IMPORT_RUN))
    )


def get_layout(ctx: Ctx, layout_id: int) -> RememberedLayout:
    query = layouts_query(ctx).where(RememberedLayout.id == layout_id)
    layout: RememberedLayout | None = ctx.session.scalars(query).one_or_none()
    if layout is None:
        raise NotFound(_("Không có mẫu cột số %(number)d, hoặc không có quyền xem.", number=layout_id))
    return layout


def edit_layout(ctx: Ctx, layout_id: int, version: int, fields: Mapping[str, str | None]) -> RememberedLayout:
    """Correct the fields of a layout; Invalid where two columns have one field."""
    layout = _changeable(ctx, layout_id, version)
    fields_by_name = import_fields(layout.kind)
    names = [name for name in fields.values() if name]
    for name in names:
        if name not in fields_by_name:
            raise Invalid({"fields": _("Không có trường “%(name)s”.", name=name)})
        if names.count(name) > 1:
            sentence = _(
                "Trường “%(label)s” đã chọn cho nhiều cột; hãy chọn một cột.", label=fields_by_name[name].label
            )
            raise Invalid({"fields": sentence})
    layout.fields = {word: fields.get(word) for word in layout.header if word in fields}
    ctx.session.flush()
    record(ctx, "import.layout_edit", "import_batch", layout.batch_id, on_behalf_of_id=layout.organisation_id)
    return layout


def delete_layout(ctx: Ctx, layout_id: int, version: int) -> None:
    layout = _changeable(ctx, layout_id, version)
    record(ctx, "import.layout_delete", "import_batch", layout.batch_id, on_behalf_of_id=layout.organisation_id)
    ctx.session.delete(layout)
    ctx.session.flush()


def _changeable(ctx: Ctx, layout_id: int, version: int) -> RememberedLayout:
    layout = get_layout(ctx, layout_id)
    require(ctx, P.IMPORT_RUN, layout)
    if layout.version != version:
        raise Conflict(_("Mẫu cột này vừa được người khác sửa; hãy xem lại rồi sửa tiếp."))
    return layout
