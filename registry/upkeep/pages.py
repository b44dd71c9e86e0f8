"""Pages of data quality: rounds and freshness, one round with its unconfirmed records, checks of an owner's records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, SelectField

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds
from registry.kernel.dated_settings import setting_rows
from registry.kernel.days import APPOINTED
from registry.kernel.errors import Invalid
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n, format_date
from registry.kernel.lists.page import list_page
from registry.kernel.numbers import parse_id
from registry.structures.bulk_edit.queries import digest_of
from registry.structures.filtering.checks import CHECKS, MONTHS, SAME_PLACE, good_until_now
from registry.structures.filtering.extra import own_filter_args
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.map.extent import extent_of
from registry.structures.models import Structure
from registry.structures.pages.blueprint import code_labels, moment
from registry.structures.positions.moment import read_when
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.queries import commune_parts, get_unit
from registry.upkeep.commands import CloseRound, ConfirmStructures, OpenRounds, RoundPart
from registry.upkeep.finding_list import FINDINGS, WITH_FINDINGS, count_findings, findings_of_round
from registry.upkeep.jobs import defer_confirm
from registry.upkeep.models import AttestationRound, QualityRun, RoundState, Statement
from registry.upkeep.queries import (
    SHOWN,
    count_checks,
    count_checks_at,
    count_unconfirmed,
    freshness_by_owner,
    freshness_by_unit,
    get_round,
    last_run,
    list_owners_of_quality,
    list_rounds,
    list_unconfirmed,
    progress_of,
    reads_all,
    trend_of,
    unconfirmed_ids,
)
from registry.upkeep.service import (
    close_round,
    confirm_structures,
    list_owners_to_ask,
    open_rounds_by_hand,
    running_rounds,
)

bp = GuardedBlueprint("upkeep", __name__, errors=html_errors)

#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_attestation_round_organisation_id_opened_on": (
        "owner",
        _l("Đợt xác nhận của chủ sở hữu này vừa được mở hôm nay; hãy tải lại trang."),
    ),
}


@bp.get("/upkeep", permission=P.UPKEEP_READ)
def index(ctx: Ctx) -> str:
    return _index_page(ctx, _open_form(ctx))


@bp.post("/upkeep/rounds", permission=P.UPKEEP_OPEN, endpoint="open")
def open_post(ctx: Ctx) -> Page:
    form = _open_form(ctx)
    rounds = submit(ctx, form, lambda: open_rounds_by_hand(ctx, form.to_command()))
    if rounds is None:
        return _index_page(ctx, form), form.refusal_status
    flash_done(ctx, _n("Đã mở %(num)d đợt xác nhận, hạn cuối %(day)s.", len(rounds), day=format_date(rounds[0].due_on)))
    return redirect(url_for("upkeep.index"), code=303)


def _open_form(ctx: Ctx) -> OpenForm:
    form = OpenForm()
    form.offer(list_owners_to_ask(ctx) if holds(ctx.actor, P.UPKEEP_OPEN) else ())
    return form


def _free_owners(ctx: Ctx) -> list[Organisation]:
    """The owners that can be asked now: those with a round that is open still are not asked again."""
    running = running_rounds(ctx)
    return [owner for owner in list_owners_to_ask(ctx) if owner.id not in running]


def _index_page(ctx: Ctx, form: OpenForm) -> str:
    free_owners = _free_owners(ctx) if holds(ctx.actor, P.UPKEEP_OPEN) else []
    if not form.errors:
        form.offer(free_owners)
    return render_template(
        "upkeep/index.html",
        rounds=list_rounds(ctx),
        owners=freshness_by_owner(ctx),
        units=freshness_by_unit(ctx),
        since=good_until_now(ctx),
        law=setting_rows(ctx.session, [MONTHS], ctx.today)[MONTHS],
        own={} if reads_all(ctx) else own_filter_args(ctx),
        today=ctx.today,
        form=form,
        may_open=holds(ctx.actor, P.UPKEEP_OPEN),
        can_ask=bool(free_owners or form.errors),
    )


@bp.get("/upkeep/rounds/<int:round_id>", permission=P.UPKEEP_READ, endpoint="round")
def round_page(ctx: Ctx, round_id: int) -> str:
    return _round_page(ctx, get_round(ctx, round_id), _part(request.args), BaseForm())


@bp.post("/upkeep/rounds/<int:round_id>/confirm", permission=P.STRUCTURE_CONFIRM, endpoint="confirm")
def confirm_post(ctx: Ctx, round_id: int) -> Page:
    """Confirm the selected records, or (`all`) the whole part that the page showed."""
    part = _part(request.form)
    command = ConfirmStructures(
        round_id,
        rows=_rows(request.form.getlist("row")),
        part=part if request.form.get("all") else None,
        digest=request.form.get("digest", ""),
    )
    form = BaseForm()
    saved = submit(ctx, form, lambda: (confirm_structures(ctx, command, defer_confirm),))
    if saved is None:
        return _round_page(ctx, get_round(ctx, round_id), part, form), form.refusal_status
    if saved[0] is None:
        flash(_("Số công trình lớn nên việc xác nhận được xử lý nền; hệ thống sẽ thông báo khi xong."))
    else:
        flash_done(ctx, _n("Đã xác nhận %(num)d công trình còn đúng.", saved[0]))
    return redirect(url_for("upkeep.round", round_id=round_id, kind=part.kind, unit=part.unit_id), code=303)


@bp.post("/upkeep/rounds/<int:round_id>/close", permission=P.STRUCTURE_CONFIRM, endpoint="close")
def close_post(ctx: Ctx, round_id: int) -> Page:
    """Close the round: the owner has no structures, or nothing changed."""
    text = request.form.get("statement", "")
    statement = Statement(text) if text in set(Statement) else Statement.CONFIRMED
    command = CloseRound(round_id, statement, request.form.get("digest", ""))
    form = BaseForm()
    closed = submit(ctx, form, lambda: close_round(ctx, command))
    if closed is None:
        return _round_page(ctx, get_round(ctx, round_id), RoundPart(), form), form.refusal_status
    flash_done(ctx, _("Đã kết thúc đợt xác nhận: %(statement)s.", statement=str(statement.label).lower()))
    return redirect(url_for("upkeep.round", round_id=round_id), code=303)


@bp.get("/upkeep/quality", permission=P.UPKEEP_READ)
def quality(ctx: Ctx) -> str:
    """Each check with the number of an owner's structures that it finds, now or at a past time."""
    when = read_when(request.args)
    owners = list_owners_of_quality(ctx, when)
    asked_owner = request.args.get("owner", "")
    owner_names = {row.id: row.short_name for row in owners}
    own = next((row.id for row in owners if row.id in ctx.actor.organisation_ids), None)
    owner_id = parse_id(asked_owner) if asked_owner else own or (owners[0].id if owners else None)
    if (asked_owner or owner_id is not None) and owner_id not in owner_names:
        raise Invalid(
            {"owner": _("Không có chủ sở hữu số “%(owner)s” trong phạm vi của tài khoản.", owner=asked_owner[:60])}
        )
    counts: dict[str, Any] = {}
    may_edit = when is None and holds(ctx.actor, P.STRUCTURE_EDIT)
    if owner_id is not None:
        counts = count_checks(ctx, owner_id) if when is None else dict(count_checks_at(ctx, owner_id, when))
    day = when.at(ctx.now).day if when is not None else ctx.today
    return render_template(
        "upkeep/quality.html",
        owners=owners,
        chosen=owner_id,
        name=owner_names.get(owner_id) if owner_id is not None else None,
        checks=CHECKS,
        kinds=KINDS,
        codes=code_labels(),
        owner_names=owner_names,
        counts=counts,
        law=setting_rows(ctx.session, [MONTHS, SAME_PLACE], day),
        months=MONTHS,
        same_place=SAME_PLACE,
        may_edit=may_edit,
        open_findings=_open_findings(ctx, owner_id) if when is None and owner_id is not None else None,
        bulk_fields={code: CHECKS[code].bulk_field for code in counts if CHECKS[code].bulk_field} if may_edit else {},
        moment=moment(ctx, when, request.args.items(multi=True)),
        time=when.address if when is not None else {},
    )


@bp.get("/upkeep/findings", permission=P.UPKEEP_READ)
def findings(ctx: Ctx) -> str:
    """The findings of the last run, one row each, under filters and as files."""
    return render_template("upkeep/findings.html", listing=list_page(ctx, FINDINGS))


def _open_findings(ctx: Ctx, owner_id: int) -> dict[str, Any]:
    """The findings on record of an owner by kind and commune of today, of the owners, and their trend."""
    by_unit: dict[tuple[int, str], int] = {}
    run = last_run(ctx)
    recorded = count_findings(ctx, owner_id, Structure.commune_id)
    for part in commune_parts(ctx.session, ctx.today, recorded):
        key = (part.unit_id, part.name)
        by_unit[key] = by_unit.get(key, 0) + recorded[part.record_id]
    return {
        "by_kind": count_findings(ctx, owner_id, Structure.kind),
        "by_unit": sorted(by_unit.items(), key=lambda item: (-item[1], item[0][1])),
        "by_owner": count_findings(ctx, None, Structure.owner_organisation_id) if reads_all(ctx) else {},
        "trend": trend_of(ctx, owner_id),
        "run": run,
        "map": _map_of_findings(ctx, owner_id, run) if run is not None and recorded else None,
    }


def _map_of_findings(ctx: Ctx, owner_id: int, run: QualityRun) -> dict[str, Any]:
    """The map of an owner's findings: address of the tiles, box, and the list of the same structures."""
    structure_filter = StructureFilter(owner_id=owner_id, extra={WITH_FINDINGS.name: str(run.id)})
    extent, box = extent_of(ctx, structure_filter), acceptance_bounds(ctx.session, ctx.today)
    log_access(ctx, "tile", extent.owners, rows=extent.rows)
    args: dict[str, Any] = {"owner": owner_id, WITH_FINDINGS.name: run.id}
    return {
        "tiles": url_for("structures.list") + "/tiles/{z}/{x}/{y}.mvt?" + urlencode(args),
        "bounds": extent.bounds or [box.west, box.south, box.east, box.north],
        "list_url": url_for("structures.list", **args),
    }


def _round_page(ctx: Ctx, attestation_round: AttestationRound, part: RoundPart, form: BaseForm) -> str:
    is_open = attestation_round.state is RoundState.OPEN
    by_kind, by_unit = count_unconfirmed(ctx, attestation_round, part) if is_open else ({}, [])
    ids = unconfirmed_ids(ctx, attestation_round, part) if is_open else []
    unit = get_unit(ctx.session, part.unit_id) if part.unit_id is not None else None
    return render_template(
        "upkeep/round.html",
        form=form,
        progress=progress_of(ctx, attestation_round),
        round=attestation_round,
        is_open=is_open,
        by_kind=by_kind,
        by_unit=by_unit,
        part=part,
        unit=unit,
        rows=list_unconfirmed(ctx, attestation_round, part) if is_open else [],
        left=len(ids),
        digest=digest_of(ctx, ids) if is_open else "",
        shown=SHOWN,
        kinds=KINDS,
        checks=CHECKS,
        open_findings=findings_of_round(ctx, attestation_round) if is_open else [],
        may_confirm=is_open and allowed(ctx, P.STRUCTURE_CONFIRM, attestation_round),
        statements=Statement,
    )


def _part(args: MultiDict[str, str]) -> RoundPart:
    kind, unit = args.get("kind", ""), args.get("unit", "")
    if kind and kind not in KINDS:
        raise Invalid({"kind": _("Không có loại công trình “%(code)s”.", code=kind[:60])})
    unit_id = parse_id(unit)
    if unit and unit_id is None:
        raise Invalid(
            {"unit": _("Bộ lọc %(name)s cần một số nguyên, không phải “%(text)s”.", name="unit", text=unit[:60])}
        )
    return RoundPart(kind or None, unit_id)


def _rows(texts: list[str]) -> tuple[tuple[int, int], ...]:
    """Selected rows as `id-version`; other texts did not come from the page and are ignored."""
    versions: list[tuple[int, int]] = []
    for text in texts:
        key, version = (parse_id(part) for part in (text.partition("-")[0], text.partition("-")[2]))
        if key is not None and version is not None:
            versions.append((key, version))
    return tuple(versions)


class OpenForm(BaseForm):
    """Which owners to ask, and by when."""

    owner = SelectField(_l("Chủ sở hữu"))
    due_on = DayField(
        _l("Hạn cuối"),
        span=APPOINTED,
        description=_l("Ngày/tháng/năm, ví dụ 05/12/2026; để trống thì theo số ngày quy định."),
    )

    def offer(self, owners: Iterable[Organisation]) -> None:
        """Offer the owners; the first choice asks all of them."""
        named = [SelectChoice(str(owner.id), owner.short_name) for owner in owners]
        self.owner.choices = [SelectChoice("", _l("Mọi chủ sở hữu chưa có đợt đang mở")), *named]

    def to_command(self) -> OpenRounds:
        return OpenRounds(int(self.owner.data) if self.owner.data else None, self.due_on.data)
