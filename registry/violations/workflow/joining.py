"""Moves that add acts and violators: each act with its fine in one decision, each violator with a case of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.files.service import copy_links
from registry.kernel.clock import local_date
from registry.kernel.days import FORMER
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l
from registry.kernel.i18n.stored import stored_text
from registry.violations.acts import further_acts, kinds_of, other_cases
from registry.violations.codes import CODE, ViolationState
from registry.violations.models import Violation, ViolationAct
from registry.violations.queries import find_kind, list_kinds, list_possible_offenders
from registry.violations.rules import day_problems, is_outdated_without_range, law_day
from registry.violations.workflow.common import UNDECIDED
from registry.violations.workflow.investigating import INVESTIGATED
from registry.workflow.definition import (
    WORKFLOWS,
    Branch,
    Data,
    FilesNeed,
    ItemsNeed,
    Move,
    same_state,
    text_need,
)
from registry.workflow.engine import open_case

S = ViolationState
_BEFORE: Final = (S.REPORTED, *INVESTIGATED)
_OTHER: Final = 0
_FIELDS: Final = fields_of(Violation)


def act_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    """The acts of the law of the case that it does not have yet and that may be fined."""
    day = law_day(case.occurred_on, local_date(case.found_at), is_continuing=case.is_continuing)
    present = {kind.code for kind in kinds_of(ctx, case)}
    return [
        (row.id, stored_text(row.act))
        for row in list_kinds(ctx.session, day, case.occurred_on)
        if row.code not in present and not row.owner_first and not is_outdated_without_range(row)
    ]


def _all_acts(ctx: Ctx, case: Violation) -> Mapping[int, str]:
    day = law_day(case.occurred_on, local_date(case.found_at), is_continuing=case.is_continuing)
    return {row.id: stored_text(row.act) for row in list_kinds(ctx.session, day, case.occurred_on)}


def may_add_act(ctx: Ctx, case: Violation, data: Data) -> None:
    """The act is of the law of its own days, and is not in the case yet."""
    picked = next(iter(data["act"]))
    occurred_on, found_on = data["act_occurred_on"], local_date(case.found_at)
    problems = day_problems(occurred_on, None, found_on, ctx.today)
    errors = {"act_occurred_on": next(iter(problems.values()))} if problems else {}
    kind = next((kind for kind in list_kinds(ctx.session, found_on) if kind.id == picked), None)
    if picked not in dict(act_options(ctx, case)):
        errors["act"] = _("Mục đã chọn không có trong danh sách; hãy chọn lại.")
    elif not errors:
        law_on = law_day(occurred_on, found_on, is_continuing=bool(data.get("act_continues")))
        row = find_kind(ctx.session, kind.code, law_on, occurred_on) if kind is not None else None
        if row is None or row.id != picked:
            errors["act_occurred_on"] = _(
                "Ngày xảy ra của hành vi này thuộc văn bản khác với văn bản của hồ sơ; hãy lập hồ sơ riêng cho hành vi"
                " đó."
            )
    if errors:
        raise Invalid(errors)


def add_act(ctx: Ctx, case: Violation, data: Data) -> None:
    ctx.session.add(
        ViolationAct(
            violation_id=case.id,
            kind_id=next(iter(data["act"])),
            occurred_on=data["act_occurred_on"],
            is_continuing=bool(data.get("act_continues")),
            description=data["text"],
        )
    )


def _present_acts(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    return [(act.id, stored_text(act.kind.act)) for act in further_acts(ctx, case)]


def _has_one_act(ctx: Ctx, case: Violation) -> str | None:
    return None if further_acts(ctx, case) else _("%(number)s chỉ có một hành vi.", number=case.number)


def drop_act(ctx: Ctx, case: Violation, data: Data) -> None:
    """It stays as a row, out of the case."""
    picked = set(data["act"])
    for act in further_acts(ctx, case):
        if act.id in picked:
            act.is_active = False


def violator_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    """The organisations that have no case of this affair yet, and who is none of them."""
    taken = {case.organisation_id, *(other.organisation_id for other in ctx.session.scalars(other_cases(case)))}
    organisations = [(row.id, row.short_name) for row in list_possible_offenders(ctx) if row.id not in taken]
    return [(_OTHER, _("Bên khác, ghi ở dưới")), *organisations]


def _violator_names(ctx: Ctx, case: Violation) -> Mapping[int, str]:
    del case
    return {row.id: row.short_name for row in list_possible_offenders(ctx)}


def may_add_violator(ctx: Ctx, case: Violation, data: Data) -> None:
    """An organisation of the list, or a name."""
    picked = next(iter(data["violator"]))
    if picked not in dict(violator_options(ctx, case)):
        raise Invalid({"violator": _("Mục đã chọn không có trong danh sách; hãy chọn lại.")})
    if picked == _OTHER and not data.get("violator_name"):
        raise Invalid({"violator_name": _("Chưa nhập tên bên vi phạm; hãy ghi tên, hoặc chọn tổ chức.")})


def add_violator(ctx: Ctx, case: Violation, data: Data) -> None:
    """Open a case of the same act at the same place for another violator, with the photos; it has its own decision."""
    picked = next(iter(data["violator"]))
    position = ctx.session.scalar(select(Violation.place).where(Violation.id == case.id))
    names = (
        *("handler_organisation_id", "kind_id", "title", "occurred_on", "is_continuing", "ended_on", "found_at"),
        *("given_place", "given_srid", "place_operation", "accuracy_m", "unit_id", "address", "structure_id"),
    )
    other = Violation(
        **{name: getattr(case, name) for name in names},
        place=position,
        description=f"{case.number}: {data['text']}",
        organisation_id=picked or None,
        suspects=data.get("violator_name") or None,
        group_id=case.group_id or case.id,
        version=1,
    )
    open_case(ctx, WORKFLOWS[CODE], other, numbered=True)
    copy_links(ctx, (CODE, case.id), (CODE, other.id))
    for act in further_acts(ctx, case):
        ctx.session.add(
            ViolationAct(
                violation_id=other.id,
                kind_id=act.kind_id,
                occurred_on=act.occurred_on,
                is_continuing=act.is_continuing,
                description=act.description,
            )
        )


MOVES: Final = (
    Move(
        "add_act",
        _l("Thêm hành vi của cùng bên vi phạm"),
        _l("Đã thêm hành vi"),
        _BEFORE,
        Branch(_BEFORE, same_state),
        P.VIOLATION_HANDLE,
        needs=(
            ItemsNeed("act", _l("Hành vi"), act_options, names=_all_acts, is_preset=False, is_single=True),
            Field("act_occurred_on", _FIELDS["occurred_on"].label, required=True, python_type=date, span=FORMER),
            Field("act_continues", _FIELDS["is_continuing"].label, python_type=bool),
            text_need("text", _l("Mô tả hành vi")),
            FilesNeed("photos", _l("Ảnh, tài liệu")),
        ),
        guard=may_add_act,
        effect=add_act,
        presets=lambda _ctx, case: {"act_occurred_on": case.occurred_on, "act_continues": case.is_continuing},
    ),
    Move(
        "drop_act",
        _l("Bỏ hành vi đã thêm"),
        _l("Đã bỏ hành vi"),
        _BEFORE,
        Branch(_BEFORE, same_state),
        P.VIOLATION_HANDLE,
        needs=(
            ItemsNeed("act", _l("Hành vi"), _present_acts, is_preset=False),
            text_need("text", _l("Lý do")),
        ),
        obstacle=_has_one_act,
        effect=drop_act,
    ),
    Move(
        "add_violator",
        _l("Thêm bên vi phạm khác"),
        _l("Đã mở hồ sơ cho bên vi phạm khác của cùng vụ việc"),
        (*_BEFORE, *UNDECIDED),
        Branch((*_BEFORE, *UNDECIDED), same_state),
        P.VIOLATION_HANDLE,
        needs=(
            ItemsNeed(
                "violator",
                _l("Bên vi phạm khác"),
                violator_options,
                names=_violator_names,
                is_preset=False,
                is_single=True,
                hint=_l("Mỗi bên vi phạm có hồ sơ, biên bản và quyết định riêng; các hồ sơ được nối với nhau."),
            ),
            Field(
                "violator_name",
                _l("Tên bên vi phạm"),
                max_length=200,
                needed_when=_l("khi chọn “Bên khác, ghi ở dưới”"),
            ),
            text_need("text", _l("Hành vi của bên đó")),
        ),
        guard=may_add_violator,
        effect=add_violator,
    ),
)
