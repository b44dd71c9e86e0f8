"""Console command that imports a file in one run, by the same path as pages and worker."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import chain, count, islice
from pathlib import Path
from time import monotonic
from typing import Any, Final

import click
from flask.cli import with_appcontext

from registry.accounts.queries import find_organisation
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.blueprint import DATABASE
from registry.imports.commands import SetMapping, SetReading, SetValues, UploadFile
from registry.imports.jobs import STORE
from registry.imports.mapping.coordinate_systems import AnySystem, System, swap_coordinates, swap_offered, system_of
from registry.imports.mapping.date_patterns import DATE_PATTERNS
from registry.imports.mapping.fields import POSITION_FIELDS
from registry.imports.mapping.plan import merge_columns, undecided_fields
from registry.imports.mapping.two_positions import question_on
from registry.imports.models import BatchState, ImportBatch, RowOutcome
from registry.imports.outcome.error_file import write_problems
from registry.imports.progress import STEPS
from registry.imports.queries import declared_in, first_cells, hint_of_batch, stream_problems
from registry.imports.reading.encodings import NAMES
from registry.imports.service import (
    apply_batch,
    can_apply,
    check_batch,
    choose_tables,
    read_batch,
    request_apply,
    request_undo,
    set_mapping,
    set_reading,
    undo_batch,
    upload,
)
from registry.imports.service.values import ColumnValues, list_values, set_code_prefix, set_values
from registry.kernel.db.session import abort
from registry.kernel.errors import DomainError, Invalid
from registry.kernel.geo.proj import UnknownSystem
from registry.kernel.i18n import _, _n
from registry.structures.kinds import KINDS

ALL_IN, NOTHING_IN, PARTLY_IN = 0, 1, 3
#: Files with fewer rows are imported without progress lines.
_WATCHED: Final = 10_000
#: Problems printed in the report.
SHOWN_PROBLEMS: Final = 200


_SYSTEMS: Final = ", ".join(system.value for system in System)
_ENCODINGS: Final = ", ".join(NAMES)
_PATTERNS: Final = ", ".join(DATE_PATTERNS)
#: Names of counts where nothing was written.
_WOULD: Final = {"applied": "would_apply", "added": "would_add", "updated": "would_update"}


@dataclass(frozen=True)
class ImportArguments:
    """Arguments of the command line."""

    file: Path
    owner: str
    kind: str
    mapping: Mapping[str, str]
    tables: tuple[str, ...]
    crs: str | None
    crs_confirmed: bool
    encoding: str | None
    header_row: int | None
    full_delivery: bool
    outside_area: bool
    units: Mapping[str, str]
    constants: Mapping[str, str]
    map_only: bool
    swap_xy: bool
    meanings: Mapping[str, Mapping[str, str]]
    date_patterns: Mapping[str, str]
    accept_suggestions: bool
    code_prefix: str


@click.group("structures")
def group() -> None:
    """Structures: import of an operator's file."""


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", required=True, help="Code, name or other spelling of the owner.")
@click.option("--kind", required=True, type=click.Choice(list(KINDS)))
@click.option(
    "--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Adds to the suggestions; FIELD= drops one."
)
@click.option("--map-only", is_flag=True, help="Leave the suggestions out: only the columns of --map.")
@click.option("--set", "constants", multiple=True, metavar="FIELD=VALUE", help="The same value for every row.")
@click.option(
    "--table", "tables", multiple=True, metavar="NAME[=KIND]", help="Sheet or layer, where the file has several."
)
@click.option("--crs", metavar="SYSTEM", help=f"{_SYSTEMS}, or any EPSG code (3857); replaces what was found.")
@click.option(
    "--crs-confirmed", is_flag=True, help="The author of the file confirmed the system, whatever its rows suggest."
)
@click.option("--encoding", help=f"{_ENCODINGS}; replaces what was found.")
@click.option("--header-row", type=click.IntRange(0), help="Row of the column headings, from 1; 0 for a list without.")
@click.option("--unit", "units", multiple=True, metavar="FIELD=UNIT", help="Unit of a column: m, mm, ft, in, ...")
@click.option("--swap-xy", is_flag=True, help="X and Y, or latitude and longitude, stand in each other's columns.")
@click.option("--values", "lists_values", is_flag=True, help="List the values of the columns, change nothing.")
@click.option(
    "--value", "meanings", multiple=True, metavar="FIELD=TEXT=MEANING", help="What a value means; may be empty."
)
@click.option("--date-pattern", "date_patterns", multiple=True, metavar="FIELD=PATTERN", help=f"{_PATTERNS}.")
@click.option("--accept-suggestions", is_flag=True, help="Take the suggestions for values that are not understood.")
@click.option("--code-prefix", default="", help="Put before every code of the file.")
@click.option("--full-delivery", is_flag=True, help="The file names all that the owner has: list what it leaves out.")
@click.option("--outside-area-allowed", is_flag=True, help="Take places outside the province (recorded).")
@click.option("--dry-run", is_flag=True, help="Check and report, change nothing.")
@click.option(
    "--problems",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"Write all problems there, as CSV; above {SHOWN_PROBLEMS} they are written in any case.",
)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@with_appcontext
def import_command(**options: Any) -> None:
    """Import FILE: all good rows in one transaction. Exit 0 all in, 3 partly, 1 nothing.

    Example: flask structures import sites.csv --owner viettel --kind antenna_tower
    """
    dry_run, as_json, target = options.pop("dry_run"), options.pop("as_json"), options.pop("target")
    lists_values = options.pop("lists_values")
    asked = ImportArguments(
        mapping=_pairs(options.pop("pairs"), _("trường=cột")),
        units=_pairs(options.pop("units"), _("trường=đơn vị")),
        constants=_pairs(options.pop("constants"), _("trường=giá trị")),
        outside_area=options.pop("outside_area_allowed"),
        meanings=_meanings(options.pop("meanings")),
        date_patterns=_pairs(options.pop("date_patterns"), _("trường=mẫu")),
        **options,
    )
    database = DATABASE.current()
    try:
        with database.transaction(SYSTEM_ACTOR, origin="cli") as ctx:
            columns: list[ColumnValues] = []
            reports: list[dict[str, Any]] = []
            for batch in _read(ctx, asked):
                _check(ctx, batch, asked)
                if lists_values:
                    columns += list_values(ctx, batch)
                else:
                    _apply(ctx, batch)
                    reports.append(_report(ctx, batch, target, dry_run=dry_run))
            if dry_run or lists_values:
                abort(ctx)
    except Invalid as refused:
        lines = [f"{name}: {sentence}" for name, sentences in refused.fields.items() for sentence in sentences]
        raise click.ClickException("\n".join(lines)) from refused
    except DomainError as refused:
        raise click.ClickException(refused.message) from refused
    if lists_values:
        shown = [_values_json(column) for column in columns]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2) if as_json else _values_text(shown))
        return
    code = _exit_code(sum((Counter(report["counts"]) for report in reports), Counter()))
    if dry_run:
        for report in reports:
            report["counts"] = {_WOULD.get(name, name): count for name, count in report["counts"].items()}
    if as_json:
        click.echo(json.dumps(reports[0] if len(reports) == 1 else reports, ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(map(_as_text, reports)))
    sys.exit(code)


def _read(ctx: Ctx, asked: ImportArguments) -> list[ImportBatch]:
    """The tables of the file, each read as an import of its own; points first, since lines refer to them."""
    store = STORE.current()
    progress = ProgressLines()
    owner = find_organisation(ctx.session, asked.owner)
    if owner is None:
        sentence = _("Không có tổ chức nào là “%(owner)s”; cần mã hoặc tên gọi đã đăng ký.", owner=asked.owner)
        raise Invalid({"owner": sentence})
    with asked.file.open("rb") as stream:
        batch = upload(ctx, store, UploadFile(owner.id, asked.kind, asked.file.name, stream, asked.full_delivery))
    if asked.encoding or asked.header_row is not None:
        reading = SetReading(batch.id, batch.version, encoding=asked.encoding, header_row=asked.header_row)
        set_reading(ctx, reading)
    read_batch(ctx, store, batch.id, progress)
    if batch.state is BatchState.CHOOSING:
        names = ", ".join(table["name"] for table in batch.found["tables"])
        if not asked.tables:
            sentence = _("Tệp có nhiều bảng; hãy chọn bằng --table: %(names)s.", names=names)
            raise Invalid({"table": sentence})
        choices = [_table_and_kind(text, asked.kind) for text in asked.tables]
        batches = choose_tables(ctx, batch.id, batch.version, choices)
        for each in batches:
            read_batch(ctx, store, each.id, progress)
        return batches
    return [batch]


def _table_and_kind(text: str, kind: str) -> tuple[str, str]:
    """Name of a table and its kind: "nodes=manhole", or the kind of the command."""
    name, mark, stated = text.rpartition("=")
    return (name, stated) if mark and stated in KINDS else (text, kind)


def _check(ctx: Ctx, batch: ImportBatch, asked: ImportArguments) -> None:
    progress = ProgressLines()
    set_mapping(ctx, _columns(batch, asked))
    check_batch(ctx, batch.id, progress)
    if batch.state is BatchState.FAILED:
        raise Invalid({"file": batch.failure or ""})
    if asked.meanings or asked.date_patterns or asked.accept_suggestions:
        decisions = SetValues(
            batch.id,
            batch.version,
            asked.meanings,
            asked.date_patterns,
            accepts_suggestions=asked.accept_suggestions,
        )
        set_values(ctx, decisions)
        check_batch(ctx, batch.id, progress)
    if asked.code_prefix:
        set_code_prefix(ctx, batch.id, batch.version, asked.code_prefix)
        check_batch(ctx, batch.id, progress)


def _apply(ctx: Ctx, batch: ImportBatch) -> None:
    progress = ProgressLines()
    if can_apply(batch):
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id, progress)


def _columns(batch: ImportBatch, asked: ImportArguments) -> SetMapping:
    """Suggested columns, overridden by the command line; Invalid names fields that must be decided."""
    constants = dict(asked.constants)
    suggested = {} if asked.map_only else {name: word for name, word in batch.mapping.items() if name not in constants}
    header = batch.found["header"]
    several = len(asked.tables) > 1
    stated_columns = {name: word for name, word in asked.mapping.items() if word and (word in header or not several)}
    mapping = merge_columns(
        suggested, stated_columns, left_out=[name for name, word in asked.mapping.items() if not word]
    )
    decided = {*asked.mapping, *constants}
    open_questions = {} if asked.map_only else undecided_fields(batch.found.get("rivals") or {}, decided, batch.kind)
    apart = batch.found.get("positions_apart")
    if apart and not asked.map_only and decided.isdisjoint(POSITION_FIELDS):
        raise Invalid({"position": f"{question_on(apart)} (--map x=… --map y=…, --map latitude=… --map longitude=…)"})
    system = _system(batch, asked, mapping)
    if open_questions:
        raise Invalid({name: f"{sentence} (--map {name}=…)" for name, sentence in open_questions.items()})
    return SetMapping(
        batch.id,
        batch.version,
        swap_coordinates(mapping) if asked.swap_xy else mapping,
        system,
        outside_area=asked.outside_area,
        full_delivery=asked.full_delivery,
        units=asked.units,
        constants=constants,
        system_confirmed=asked.crs_confirmed,
    )


def _system(batch: ImportBatch, asked: ImportArguments, mapping: Mapping[str, str]) -> AnySystem | None:
    try:
        if asked.crs:
            return system_of(asked.crs, declared_in(batch))
    except UnknownSystem as unknown:
        sentence = _(
            "Không nhận hệ tọa độ “%(given)s”; cần mã EPSG hoặc một trong: %(all)s.", given=unknown, all=_SYSTEMS
        )
        raise Invalid({"crs": sentence}) from unknown
    return hint_of_batch(batch, mapping).system


class ProgressLines:
    """Progress as lines on stderr, for large files."""

    def __init__(self) -> None:
        self._step, self._total, self._reported, self._begun = "", 0, 0, 0.0

    def step(self, name: str, total: int | None = None) -> None:
        self._step, self._total, self._reported, self._begun = name, total or 0, 0, monotonic()

    def advance(self, done: int) -> None:
        if self._total >= _WATCHED and done - self._reported >= self._total // 10:
            self._reported = done
            seconds = round((monotonic() - self._begun) * (self._total - done) / done)
            left = _n("còn khoảng %(num)d giây", seconds)
            click.echo(f"{STEPS.get(self._step, self._step)}: {done}/{self._total}, {left}", err=True)


def _pairs(pairs: tuple[str, ...], form: str) -> dict[str, str]:
    parsed = {}
    for pair in pairs:
        field, mark, value = pair.partition("=")
        if not mark:
            raise click.BadParameter(_("“%(pair)s” cần dạng %(form)s.", pair=pair, form=form))
        parsed[field.strip()] = value.strip()
    return parsed


def _meanings(texts: tuple[str, ...]) -> dict[str, dict[str, str]]:
    meanings: dict[str, dict[str, str]] = {}
    for text in texts:
        field, mark, pair = text.partition("=")
        value, second, meaning = pair.rpartition("=")
        if not (mark and second):
            raise click.BadParameter(_("“%(pair)s” cần dạng %(form)s.", pair=text, form=_("trường=giá trị=nghĩa")))
        meanings.setdefault(field.strip(), {})[value.strip()] = meaning.strip()
    return meanings


def _values_json(column: ColumnValues) -> dict[str, Any]:
    return {
        "field": column.field.name,
        "column": column.column,
        "open": column.open_count,
        "date_pattern": column.pattern,
        "suggested_date_pattern": column.suggested_pattern,
        "suggested_unit": column.suggested_unit,
        "values": [
            {
                "text": value.text,
                "rows": value.count,
                "open": value.is_open,
                "meaning": value.meaning,
                "suggested": value.suggested,
            }
            for value in column.values
        ],
    }


def _values_text(columns: list[dict[str, Any]]) -> str:
    lines, nothing = [], _("(để trống)")
    for column in columns:
        lines.append(f"{column['field']} (“{column['column']}”)")
        if column["suggested_date_pattern"]:
            lines.append(f"  --date-pattern {column['field']}={column['suggested_date_pattern']}")
        if column["suggested_unit"]:
            lines.append(f"  --unit {column['field']}={column['suggested_unit']}")
        for value in column["values"]:
            suggested = "" if value["suggested"] is None else value["suggested"] or nothing
            meaning = value["meaning"] or f"? {suggested}"
            lines.append(f"  {value['rows']:>8}  “{value['text']}”  {meaning}".rstrip())
    return "\n".join(lines) or _("Mọi giá trị của các cột danh mục, ngày, số và có/không đều đã được nhận diện.")


def _report(ctx: Ctx, batch: ImportBatch, target: Path | None, *, dry_run: bool) -> dict[str, Any]:
    return {
        "batch": None if dry_run else batch.id,
        "file": batch.file_name,
        "format": batch.file_format,
        "kind": batch.kind,
        "mapping": batch.mapping,
        "system": batch.options["system"],
        "system_label": str(system_of(batch.options["system"], declared_in(batch)).label),
        "encoding": batch.found.get("encoding"),
        "encoding_sure": batch.found.get("encoding_sure"),
        "notes": [*_file_notes(ctx, batch), *batch.notes],
        "counts": batch.counts,
        **_problems(ctx, batch, target),
    }


def _problems(ctx: Ctx, batch: ImportBatch, target: Path | None) -> dict[str, Any]:
    """The first problems, their number, and the file with all of them where that is requested or there are more."""
    problem_stream = stream_problems(ctx, batch)
    first = list(islice(problem_stream, SHOWN_PROBLEMS + 1))
    shown, total = first[:SHOWN_PROBLEMS], len(first)
    path = target or (_free_name(batch.file_name) if total > SHOWN_PROBLEMS else None)
    if path is not None:
        total = write_problems(path, chain(first, problem_stream))
    return {
        "problem_count": total,
        "problem_file": str(path) if path is not None else None,
        "problems": [asdict(problem) | {"outcome": problem.outcome.value} for problem in shown],
    }


def _free_name(file_name: str) -> Path:
    stem = f"{Path(file_name).stem}-problems"
    names = chain([f"{stem}.csv"], (f"{stem}-{number}.csv" for number in count(2)))
    return next(path for path in map(Path, names) if not path.exists())


def _file_notes(ctx: Ctx, batch: ImportBatch) -> list[str]:
    swap = swap_offered(tuple(batch.found["header"]), first_cells(ctx, batch), batch.mapping)
    hint = hint_of_batch(batch, batch.mapping).sentence
    return [*(batch.found.get("notes") or ()), hint, *([swap] if swap else [])]


def _as_text(report: dict[str, Any]) -> str:
    lines = [_("Cột: %(pairs)s", pairs=", ".join(f"{name}={word}" for name, word in report["mapping"].items()))]
    lines.append(_("Hệ tọa độ: %(system)s", system=report["system_label"]))
    if report["encoding"]:
        lines.append(_("Bảng mã: %(name)s", name=NAMES.get(report["encoding"], report["encoding"])))
    lines += [f"- {note}" for note in report["notes"]]
    rows = [(_("Dòng"), _("Cột"), _("Giá trị"), _("Lý do"))]
    rows += [
        (str(item["row"]), item["column"], item["value"], item["reason"] if item["blocks"] else f"({item['reason']})")
        for item in report["problems"]
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    if len(rows) > 1:
        lines += ["  ".join((*(row[at].ljust(widths[at]) for at in range(3)), row[3])) for row in rows]
    if report["problem_file"] is not None:
        lines.append(
            _n(
                "%(shown)d trong %(num)d vấn đề; danh sách đầy đủ ở tệp %(path)s.",
                report["problem_count"],
                shown=len(report["problems"]),
                path=report["problem_file"],
            )
        )
    if "missing" in report["counts"]:
        missing = report["counts"]["missing"]
        lines.append(_n("%(num)d công trình đang khai thác không có trong danh sách đầy đủ này.", missing))
    return "\n".join([*lines, _summary(report)])


def _summary(report: dict[str, Any]) -> str:
    counts = report["counts"]
    existing, refused = counts.get(RowOutcome.UNCHANGED, 0), counts.get(RowOutcome.REFUSED, 0)
    if report["batch"] is None:
        return _n(
            "%(num)d dòng: %(good)d nhập được, %(existing)d đã có từ trước, %(refused)d không nhập (chưa ghi gì).",
            counts["rows"],
            good=counts.get("would_apply", 0),
            existing=existing,
            refused=refused,
        )
    return _n(
        "%(num)d dòng: %(applied)d đã nhập, %(existing)d đã có từ trước, %(refused)d không nhập.",
        counts["rows"],
        applied=counts.get("applied", 0),
        existing=existing,
        refused=refused,
    )


def _exit_code(counts: dict[str, int]) -> int:
    """Exit code; unchanged rows count as imported, so that repeating a file is no failure."""
    if not counts.get("applied", 0) + counts.get(RowOutcome.UNCHANGED, 0):
        return NOTHING_IN
    return PARTLY_IN if counts.get(RowOutcome.REFUSED, 0) else ALL_IN


@click.group("imports")
def imports_group() -> None:
    """Imports that were made: undo."""


@imports_group.command("undo")
@click.argument("batch_id", type=int, metavar="IMPORT")
@click.option("--rest", is_flag=True, help="Leave what was changed since or is in use, undo the rest.")
@with_appcontext
def undo_command(batch_id: int, *, rest: bool) -> None:
    """Undo an applied IMPORT (its number): new structures go, changed ones have their former values.

    Example: flask imports undo 12
    """
    try:
        with DATABASE.current().transaction(SYSTEM_ACTOR, origin="cli") as ctx:
            request_undo(ctx, batch_id, rest=rest)
            batch = undo_batch(ctx, batch_id, ProgressLines())
            notes = batch.notes if rest else []
    except DomainError as refused:
        raise click.ClickException(refused.message) from refused
    click.echo("\n".join([_("Đã hoàn tác lô nhập số %(number)d.", number=batch_id), *(f"- {note}" for note in notes)]))
