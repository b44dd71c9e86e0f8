"""The job that checks or applies a batch, and the console command that does the same in one go."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from flask import current_app
from flask.cli import with_appcontext
from procrastinate import JobContext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from registry.accounts.actor import actor_of
from registry.accounts.models import UserAccount
from registry.accounts.queries import find_organisation
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.authz.blueprint import DATABASE
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping import System
from registry.imports.models import BatchState, ImportBatch, RowOutcome
from registry.imports.queries import list_problem_rows
from registry.imports.service import apply_batch, check_batch, fail_batch, good_rows, set_mapping, upload
from registry.kernel.clock import utc_now
from registry.kernel.db.session import Database, abort
from registry.kernel.errors import DomainError, Forbidden, Invalid
from registry.kernel.forms.submit import as_invalid
from registry.kernel.i18n import _
from registry.kernel.jobs import defer, queue, resources_of
from registry.structures.kinds import KINDS

log = logging.getLogger(__name__)

#: Key of the store of imported files in `app.extensions`, and its folder below the data directory.
STORE: Final = "registry.imports"
FOLDER: Final = "imports"
ALL_IN, NOTHING_IN, PARTLY_IN = 0, 1, 3

Work = Callable[[Ctx, FileStore, int], ImportBatch]
_WORKS: Final[dict[str, Work]] = {"check": check_batch, "apply": apply_batch}


# --- the job ------------------------------------------------------------------------------------------------------
@queue.task(name="imports.work", pass_context=True)
def work(job: JobContext, *, what: str, batch_id: int, user_id: int | None) -> None:
    """Check or apply a batch for the person who asked; safe to run twice."""
    resources = resources_of(job)
    run_work(resources.database, FileStore(resources.data_dir / FOLDER), what, batch_id, user_id)


def defer_work(ctx: Ctx, what: str, batch_id: int) -> None:
    """Let the worker "check" or "apply" a batch once this transaction has committed."""
    defer(ctx, work, key=f"imports.{batch_id}", what=what, batch_id=batch_id, user_id=ctx.actor.id)


def run_work(database: Database, store: FileStore, what: str, batch_id: int, user_id: int | None) -> None:
    """One transaction for the whole batch; what refuses it is noted in a second one."""
    reason = _refusal(database, store, what, batch_id, partial(_asker, user_id=user_id))
    if reason is None:
        return
    log.warning("import %s was refused: %s", batch_id, reason)
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine, origin="worker") as ctx:
        fail_batch(ctx, batch_id, reason)


def _refusal(
    database: Database, store: FileStore, what: str, batch_id: int, asker: Callable[[Session], Actor]
) -> str | None:
    """Do the work; returns the sentence of what refused it, with nothing changed."""
    try:
        with database.transaction(asker, origin="worker") as ctx:
            _WORKS[what](ctx, store, batch_id)
    except DomainError as refused:
        return refused.message
    except IntegrityError as error:
        return as_invalid(error).message
    return None


def _asker(session: Session, *, user_id: int | None) -> Actor:
    """The person who asked, with the roles of this moment."""
    if user_id is None:
        return SYSTEM_ACTOR
    query = select(UserAccount).where(UserAccount.id == user_id).options(joinedload(UserAccount.organisation))
    user = session.scalars(query).one()
    if not user.is_active:
        raise Forbidden(_("Tài khoản đã yêu cầu nhập tệp này đã bị khóa."))
    return actor_of(session, user, utc_now())


# --- the console --------------------------------------------------------------------------------------------------
@click.group("structures")
def group() -> None:
    """Structures: import of an operator's file."""


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", required=True, help="Code, name or other spelling of the owner.")
@click.option("--kind", required=True, type=click.Choice(list(KINDS)))
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Replaces the suggested columns.")
@click.option("--crs", type=click.Choice([system.value for system in System]), help="Replaces the suggested system.")
@click.option("--outside-area-allowed", is_flag=True, help="Take places outside the province (recorded).")
@click.option("--dry-run", is_flag=True, help="Check and report, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@with_appcontext
def import_command(
    file: Path,
    owner: str,
    kind: str,
    pairs: tuple[str, ...],
    crs: str | None,
    *,
    outside_area_allowed: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILE (CSV, XLSX, GeoJSON): all good rows in one transaction. Exit 0 all in, 3 partly, 1 nothing.

    Example: flask structures import sites.csv --owner viettel --kind antenna_tower
    """
    database: Database = current_app.extensions[DATABASE]
    machine: Actor = SYSTEM_ACTOR
    try:
        with database.transaction(machine, origin="cli") as ctx:
            batch = _import(ctx, file, owner, kind, _mapping(pairs), crs, outside_area=outside_area_allowed)
            report = _report(ctx, batch, dry_run=dry_run)
            if dry_run:
                abort(ctx)
    except Invalid as refused:
        lines = [f"{name}: {sentence}" for name, sentences in refused.fields.items() for sentence in sentences]
        raise click.ClickException("\n".join(lines)) from refused
    except DomainError as refused:
        raise click.ClickException(refused.message) from refused
    click.echo(json.dumps(report, ensure_ascii=False, indent=2) if as_json else _as_text(report))
    sys.exit(_exit_code(report["counts"]))


def _import(
    ctx: Ctx, file: Path, owner: str, kind: str, mapping: dict[str, str], crs: str | None, *, outside_area: bool
) -> ImportBatch:
    store: FileStore = current_app.extensions[STORE]
    organisation = find_organisation(ctx.session, owner)
    if organisation is None:
        raise Invalid({"owner": _("Không có tổ chức nào là «%(owner)s»; cần mã hoặc tên gọi đã đăng ký.", owner=owner)})
    batch = upload(ctx, store, UploadFile(organisation.id, kind, file.name, file.read_bytes()))
    system = System(crs or batch.options["system"]) if crs or batch.options["system"] else None
    command = SetMapping(batch.id, batch.version, mapping or batch.mapping, system, outside_area=outside_area)
    set_mapping(ctx, command)
    check_batch(ctx, store, batch.id)
    if good_rows(batch):
        batch.state = BatchState.APPLYING
        apply_batch(ctx, store, batch.id)
    return batch


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        field, mark, column = pair.partition("=")
        if not mark:
            raise click.BadParameter(_("«%(pair)s» cần dạng trường=cột.", pair=pair))
        found[field.strip()] = column.strip()
    return found


def _report(ctx: Ctx, batch: ImportBatch, *, dry_run: bool) -> dict[str, Any]:
    return {
        "batch": None if dry_run else batch.id,
        "file": batch.file_name,
        "format": batch.file_format.value,
        "kind": batch.kind,
        "mapping": batch.mapping,
        "system": batch.options["system"],
        "notes": batch.notes,
        "counts": batch.counts,
        "problems": [
            {"row": row.number, "outcome": row.outcome.value, **problem}
            for row in list_problem_rows(ctx, batch)
            for problem in row.problems
        ],
    }


def _as_text(report: dict[str, Any]) -> str:
    lines = [_("Cột: %(pairs)s", pairs=", ".join(f"{name}={word}" for name, word in report["mapping"].items()))]
    lines.append(_("Hệ tọa độ: %(system)s", system=System(report["system"]).label))
    lines += [f"- {note}" for note in report["notes"]]
    rows = [(_("Dòng"), _("Cột"), _("Giá trị"), _("Lý do"))]
    rows += [
        (str(item["row"]), item["column"], item["value"], item["reason"] if item["blocks"] else f"({item['reason']})")
        for item in report["problems"]
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    if len(rows) > 1:
        lines += ["  ".join((*(row[at].ljust(widths[at]) for at in range(3)), row[3])) for row in rows]
    return "\n".join([*lines, _sum(report)])


def _sum(report: dict[str, Any]) -> str:
    """The last line: what became, or would become, of the rows."""
    counts = report["counts"]
    existing, refused = counts.get(RowOutcome.EXISTING, 0), counts.get(RowOutcome.REFUSED, 0)
    if report["batch"] is None:
        return _(
            "%(rows)d dòng: %(good)d nhập được, %(existing)d đã có từ trước, %(refused)d không nhập (chưa ghi gì).",
            rows=counts["rows"],
            good=counts.get("applied", 0),
            existing=existing,
            refused=refused,
        )
    return _(
        "%(rows)d dòng: %(applied)d đã nhập, %(existing)d đã có từ trước, %(refused)d không nhập.",
        rows=counts["rows"],
        applied=counts.get("applied", 0),
        existing=existing,
        refused=refused,
    )


def _exit_code(counts: dict[str, int]) -> int:
    """Rows that stand already count as in: the same file again is no failure."""
    if not counts.get("applied", 0) + counts.get(RowOutcome.EXISTING, 0):
        return NOTHING_IN
    return PARTLY_IN if counts.get(RowOutcome.REFUSED, 0) else ALL_IN
