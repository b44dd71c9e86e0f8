"""Moves before a decision is prepared: verify, make minutes, name the owner, dismiss."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.i18n.stored import stored_text
from registry.violations import known_facts
from registry.violations.codes import Offender, PaperKind, ViolationState
from registry.violations.evidence import list_originals
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import issue_paper, number_problem
from registry.violations.queries import list_possible_offenders, similar_organisation
from registry.violations.rules import past_day_problem
from registry.violations.workflow.common import NUMBER, number_need, owner_problem, procedure_day
from registry.workflow.definition import Data, FilesNeed, ItemsNeed, Move, Need, text_need

S = ViolationState
#: States in which minutes can be made.
INVESTIGATED: Final = (S.VERIFYING, S.COMPLEX, S.MINUTES_OVERDUE)
#: The offender is none of the organisations of the register.
_NO_ORGANISATION: Final = 0


def organisation_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    """The organisations that the offender may be, where none is named yet."""
    del case
    return [
        (_NO_ORGANISATION, _("Không có trong danh sách, hoặc là cá nhân")),
        *((row.id, row.short_name) for row in list_possible_offenders(ctx)),
    ]


def organisation_names(ctx: Ctx, case: Violation) -> Mapping[int, str]:
    return dict(organisation_options(ctx, case))


def _is_named(_ctx: Ctx, case: Violation) -> frozenset[str]:
    """An organisation that the facts name is not asked for."""
    return frozenset() if case.organisation_id is None else frozenset({"organisation"})


def _organisation_problem(ctx: Ctx, case: Violation, data: Data) -> str | None:
    """A text name that resembles that of an organisation, of which nothing was said; or a person with one."""
    if case.organisation_id is not None:
        return None
    chosen_id = next(iter(data.get("organisation") or ()), None)
    is_person = data["offender"] == Offender.INDIVIDUAL
    if chosen_id and is_person:
        return _("Bên vi phạm là cá nhân thì không chọn tổ chức; hãy chọn “Không có trong danh sách”.")
    if chosen_id is not None:
        options = organisation_names(ctx, case)
        return None if chosen_id in options else _("Mục đã chọn không có trong danh sách; hãy chọn lại.")
    similar = None if is_person else similar_organisation(ctx, data["offender_name"])
    if similar is None:
        return None
    return _(
        "Tên “%(name)s” giống tổ chức %(organisation)s trong hệ thống; hãy chọn tổ chức đó, hoặc chọn “Không có trong"
        " danh sách”.",
        name=data["offender_name"],
        organisation=similar.short_name,
    )


_MINUTES: Final[tuple[Need, ...]] = (
    number_need("minutes_number", _l("Số biên bản")),
    procedure_day("minutes_on", _l("Ngày lập biên bản")),
    Field("offender", _l("Bên vi phạm là"), choices=Offender, required=True),
    Field("offender_name", _l("Tên bên vi phạm"), max_length=200, required=True),
    ItemsNeed(
        "organisation",
        _l("Là tổ chức trong hệ thống"),
        organisation_options,
        required=False,
        names=organisation_names,
        is_preset=False,
        is_single=True,
        needed_when=_l("khi tên bên vi phạm giống tên tổ chức trong hệ thống"),
        hint=_l("Tổ chức được chọn được xem hồ sơ và biên bản, được giải trình, khiếu nại qua hệ thống."),
    ),
    text_need("text", _l("Nội dung biên bản")),
    Field("drawn_place", _l("Nơi lập biên bản"), max_length=300, hint=_l("Nếu không phải nơi xảy ra: ghi cả lý do.")),
    Field("drawn_hours", _l("Giờ lập biên bản"), max_length=60, hint=_l("Ví dụ: 09 giờ 10 đến 09 giờ 40.")),
    Field("officer_post", _l("Chức vụ người lập biên bản"), max_length=200),
    Field("offender_address", _l("Địa chỉ bên vi phạm"), max_length=300),
    Field("offender_code", _l("Mã số thuế, số định danh"), max_length=NUMBER),
    Field("representative", _l("Người đại diện, chức vụ"), max_length=200),
    Field("witness", _l("Người chứng kiến, đại diện chính quyền"), max_length=300, hint=_l("Họ tên, địa chỉ.")),
    Field("interpreter", _l("Người phiên dịch"), max_length=200),
    Field("person", _l("Ngày sinh, quốc tịch, nghề nghiệp (cá nhân)"), max_length=300),
    Field("injured", _l("Bên bị thiệt hại"), max_length=300, hint=_l("Tên, địa chỉ, thiệt hại.")),
    Field("measures", _l("Biện pháp ngăn chặn, bảo đảm xử lý"), max_length=300, hint=_l("Để trống khi không áp dụng.")),
    Field("waiver", _l("Bên vi phạm không yêu cầu giải trình"), python_type=bool, is_box=True),
    Field("summons", _l("Hẹn giải quyết"), max_length=300, hint=_l("Ngày, giờ, nơi bên vi phạm đến giải quyết.")),
    Field("opinion", _l("Ý kiến của bên vi phạm"), max_length=2000, multiline=True),
    Field("refusal", _l("Lý do bên vi phạm không ký"), max_length=300),
    Field(
        "copies",
        _l("Số bản"),
        minimum=Decimal(2),
        maximum=Decimal(20),
        decimals=0,
        python_type=int,
        hint=_l("Ít nhất 2 bản; giao bên vi phạm một bản."),
    ),
    Field(
        "is_electronic",
        _l("Bên vi phạm chấp nhận xử lý bằng phương thức điện tử"),
        required=True,
        python_type=bool,
        hint=_l("Khi đó biên bản được ký số và kiểm tra chữ ký; nếu không, lập biên bản giấy."),
    ),
    FilesNeed("files", _l("Bản chụp biên bản")),
)


def may_make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Minutes are made after the discovery, not in the future, against an owner who is known."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    on = data["minutes_on"]
    problems = {
        "minutes_on": past_day_problem(on, local_date(case.found_at), _("ngày phát hiện"), ctx.today),
        "minutes_number": number_problem(ctx, PaperKind.MINUTES, data["minutes_number"], on),
        "organisation": _organisation_problem(ctx, case, data),
        "": owner_problem(case, kind),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if errors:
        raise Invalid(errors)


def make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store number (the next of the agency, if none is typed), day and offender, and the SHA-256 of the evidence."""
    case.minutes_evidence = [sha256 for _name, sha256 in list_originals(ctx, case)]
    on = data["minutes_on"]
    # The addressee of a paper follows from the offender.
    case.offender, case.offender_name = Offender(data["offender"]), data["offender_name"]
    case.organisation_id = case.organisation_id or next(iter(data.get("organisation") or ()), None) or None
    case.minutes_number = issue_paper(ctx, case, PaperKind.MINUTES, on, data["minutes_number"])
    case.minutes_on, case.is_electronic = on, bool(data.get("is_electronic"))


def may_hold_open(ctx: Ctx, case: Violation, data: Data) -> None:
    """The act is one without a known owner."""
    del data
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if not kind.owner_first or case.organisation_id is not None:
        raise Invalid(
            {
                "": _(
                    "Hành vi “%(act)s” có tổ chức nghi vi phạm hoặc không thuộc loại chưa rõ chủ sở hữu; hãy"
                    " sửa hồ sơ, chọn hành vi chưa rõ chủ sở hữu và để trống tổ chức.",
                    act=stored_text(kind.act),
                )
            }
        )


def may_name_owner(ctx: Ctx, case: Violation, data: Data) -> None:
    """The facts name an organisation and the act that was proved."""
    del data
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if case.organisation_id is None or kind.owner_first:
        raise Invalid({"": _("Hồ sơ chưa ghi chủ sở hữu; hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh trước.")})


def name_owner(ctx: Ctx, case: Violation, data: Data) -> None:
    """From today the term of the minutes runs."""
    del data
    case.owner_proved_on = ctx.today


MOVES: Final = (
    Move(
        "verify",
        _l("Bắt đầu xác minh"),
        _l("Bắt đầu xác minh"),
        (S.REPORTED,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Ghi chú xác minh"), required=False),
            FilesNeed("photos", _l("Ảnh, tài liệu bổ sung")),
        ),
        tone="primary",
    ),
    Move(
        "minutes",
        _l("Lập biên bản"),
        _l("Đã lập biên bản vi phạm"),
        INVESTIGATED,
        S.MINUTES_MADE,
        P.VIOLATION_HANDLE,
        needs=_MINUTES,
        guard=may_make_minutes,
        effect=make_minutes,
        notifies=("accused", "commune"),
        tone="primary",
        leaves_out=_is_named,
        presets=known_facts.known_for_minutes,
        hints=known_facts.hints_for_minutes,
    ),
    Move(
        "complex",
        _l("Xác định vụ việc phức tạp"),
        _l("Vụ việc phức tạp, thời hạn lập biên bản dài hơn"),
        (S.REPORTED, S.VERIFYING),
        S.COMPLEX,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Lý do vụ việc phức tạp")),),
        notifies=("commune",),
    ),
    Move(
        "hold_open",
        _l("Ghi nhận chưa rõ chủ sở hữu"),
        _l("Chưa rõ chủ sở hữu, hồ sơ để mở"),
        (S.REPORTED, *INVESTIGATED),
        S.OPEN_FINDING,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Biện pháp đã thực hiện để xác định chủ sở hữu")),),
        guard=may_hold_open,
    ),
    Move(
        "name_owner",
        _l("Xác định chủ sở hữu"),
        _l("Đã xác định chủ sở hữu"),
        (S.OPEN_FINDING,),
        S.VERIFYING,
        P.VIOLATION_HANDLE,
        needs=(
            text_need("text", _l("Căn cứ xác định chủ sở hữu")),
            FilesNeed("files", _l("Ảnh, tài liệu chứng minh")),
        ),
        guard=may_name_owner,
        effect=name_owner,
        notifies=("commune",),
        tone="primary",
    ),
    Move(
        "dismiss",
        _l("Kết luận không vi phạm"),
        _l("Kết luận không vi phạm"),
        (*INVESTIGATED, S.OPEN_FINDING),
        S.NOT_VIOLATION,
        P.VIOLATION_HANDLE,
        needs=(text_need("text", _l("Căn cứ kết luận không vi phạm")),),
    ),
)
