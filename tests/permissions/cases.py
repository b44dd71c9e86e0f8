"""What the cells of expected.csv are tried with: the reviewed rows, and a valid body for each post.

A body is written once for the whole cast. `{word}` in a text is filled in from the object of the row and from the
member who sends it; a file is a pair of name and content.
"""

import csv
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from registry.workflow.definition import WORKFLOWS
from tests.permissions.access_tokens import TOKEN_FIELDS
from tests.permissions.agreements import AGREEMENT_FIELDS
from tests.permissions.building_notices import BUILDING_NOTICE_FIELDS
from tests.permissions.bulk import BULK_FIELDS
from tests.permissions.cables import CABLE_FIELDS
from tests.permissions.campaigns import CAMPAIGN_FIELDS
from tests.permissions.colocation import COLOCATION_FIELDS
from tests.permissions.dashboard import DASHBOARD_FIELDS
from tests.permissions.factors import FACTOR_FIELDS
from tests.permissions.guidance import GUIDANCE_FIELDS
from tests.permissions.imports import IMPORT_FIELDS
from tests.permissions.incidents import INCIDENT_FIELDS
from tests.permissions.indicators import INDICATOR_FIELDS
from tests.permissions.infra_plans import INFRA_PLAN_FIELDS
from tests.permissions.inspections import INSPECTION_FIELDS
from tests.permissions.joint_builds import JOINT_BUILD_FIELDS
from tests.permissions.labels import LABEL_FIELDS
from tests.permissions.money import MONEY_FIELDS
from tests.permissions.obstacles import OBSTACLE_FIELDS
from tests.permissions.occupations import OCCUPATION_FIELDS
from tests.permissions.offered_sites import OFFERED_SITE_FIELDS
from tests.permissions.operator_plans import OPERATOR_PLAN_FIELDS
from tests.permissions.priority_areas import PRIORITY_AREA_FIELDS
from tests.permissions.routelists import ROUTELIST_FIELDS
from tests.permissions.saved_searches import SAVED_SEARCH_FIELDS
from tests.permissions.street_rules import STREET_RULE_FIELDS
from tests.permissions.street_works import STREET_WORK_FIELDS
from tests.permissions.tariffs import TARIFF_FIELDS
from tests.permissions.upkeep import UPKEEP_FIELDS
from tests.permissions.villages import VILLAGE_FIELDS
from tests.permissions.violations import VIOLATION_FIELDS

TABLE = Path(__file__).with_name("expected.csv")
#: The board of the economic zone may do what the ministry may, but for these rows.
TABLE_OF_BOARD = TABLE.with_name("zone_board.csv")
BOARD, MINISTRY = "kkt.nghison", "bo.khcn"
KEYS = ("endpoint", "method", "object")
#: A post answered so was taken; any other changes nothing.
TAKEN = ("200", "303")
#: A post answered so was sent by somebody who may not do it, whatever the body says.
REFUSED = ("401", "403", "404")
#: Posts whose answer shows a row of a file: a look, where the file is another organisation's.
SHOW_THE_ROW = ("imports.correct_row", "imports.merge_post")
#: Posts whose conflict is answered with the page of the file: a look there, where it is another organisation's.
SHOW_THE_FILE_ON_CONFLICT = ("imports.reading", "imports.tables", "imports.split")
#: An owner that has its file checked asks whether others have unpublished structures in the cells of its rows.
ASK_OF_OTHERS = ("imports.mapping",)
#: They open or end sessions, which is noted; the chain of changes knows nothing of sessions.
LEAVE_A_NOTE = frozenset(
    {"accounts.login_submit", "accounts.logout", "accounts.end_device", "accounts.end_other_devices"}
)
#: What somebody has read is working data of their own: nobody is told of it; a look at what would change is no change,
#: nor is a line to look along. Photos of an unfinished report are working data; a look-up leads to an address.
LEAVE_NOTHING = frozenset(
    {
        *("lookup.find", "notices.open", "notices.read_all", "planned_routes.read", "structures.bulk_preview"),
        *("report.photo_post", "report.look_up_post"),
        # A workbook that waits is working data until its rows are stored.
        *("routelists.import_file_post", "routelists.read_workbook_post"),
    }
)

#: Taken from a browser between its password and its second factor, or with a passkey (test_second_factor.py).
BETWEEN_FACTORS = frozenset(
    {"accounts.factor_add_passkey", "accounts.factor_first_submit", "accounts.second_factor_submit"}
)
DOCUMENT = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
OTHER_DOCUMENT = b"%PDF-1.4\n1 0 obj\n<</Length 0>>\nendobj\n%%EOF\n"
PLACE = "X = 2.191.076,73; Y = 581.102,24"
NEW_PASSWORD = "một mật khẩu mới và dài"
#: A record of a tower as its form sends it; the place was shown before.
TOWER = {
    "position": PLACE,
    "echoed": PLACE,
    "system": "vn2000",
    "name": "Trạm thử Hạc Thành",
    "own_code": "HT-01",
    "status": "active",
    "sharing_status": "not_assessed",
    "position_method": "gps",
    "is_public_asset": "false",
    "mast_class": "A2b",
    "height_m": "45,5",
}
ORGANISATION = {
    "version": "{organisation_version}",
    "code": "cap_nuoc",
    "name": "Công ty Cấp nước",
    "short_name": "Cấp nước",
    "kind": "water_company",
    "owner_category": "other",
    "valid_from": "2024-01-01",
}
ACCOUNT = {
    "version": "{user_version}",
    "username": "nguoi.moi",
    "full_name": "Nguyễn Văn Mới",
    "organisation_id": "{user_organisation_id}",
    "language": "vi",
}
CALENDAR_DAY = {
    "kind": "day_off",
    "name": "Nghỉ thử",
    "source": "Thông báo thử",
    "needs_verification": "true",
}
KIND_ROW = {
    "act": "Hành vi thử",
    "kind_group": "cables",
    "sector": "telecom",
    "valid_from": "01/01/2031",
    "owner_first": "false",
    "decree": "Nghị định thử",
    "needs_verification": "true",
    "reason": "Luật mới",
}
SETTING = {
    "value": "9",
    "valid_from": "01/01/2031",
    "source": "Quyết định thử",
    "needs_verification": "true",
    "reason": "Đổi quy định",
}
LEGAL_TERM = {
    "valid_from": "01/01/2027",
    "length": "10",
    "unit": "working_day",
    "cut_off": "16:30",
    "reminders": "3, 1",
    "citation": "Luật thử, Đ.1",
    "needs_verification": "true",
}
OF_CASES = (
    BULK_FIELDS
    | SAVED_SEARCH_FIELDS
    | TOKEN_FIELDS
    | UPKEEP_FIELDS
    | LABEL_FIELDS
    | TARIFF_FIELDS
    | CABLE_FIELDS
    | COLOCATION_FIELDS
    | AGREEMENT_FIELDS
    | VIOLATION_FIELDS
    | INCIDENT_FIELDS
    | BUILDING_NOTICE_FIELDS
    | INFRA_PLAN_FIELDS
    | OBSTACLE_FIELDS
    | JOINT_BUILD_FIELDS
    | OFFERED_SITE_FIELDS
    | OPERATOR_PLAN_FIELDS
    | PRIORITY_AREA_FIELDS
    | OCCUPATION_FIELDS
    | ROUTELIST_FIELDS
    | STREET_RULE_FIELDS
    | STREET_WORK_FIELDS
    | MONEY_FIELDS
    | INDICATOR_FIELDS
    | DASHBOARD_FIELDS
    | INSPECTION_FIELDS
    | CAMPAIGN_FIELDS
    | VILLAGE_FIELDS
    | GUIDANCE_FIELDS
    | FACTOR_FIELDS
)
#: Endpoint, or (endpoint, object) where the object decides what is asked for -> what the form sends besides the token;
#: an endpoint that is not named sends its token only.
FIELDS = (
    OF_CASES
    | IMPORT_FIELDS
    | {
        "accounts.alias_add": {"spelling": "Một cách viết chưa ai dùng"},
        "accounts.login_submit": {"username": "{username}", "password": "{password}"},
        "accounts.organisation_create": ORGANISATION,
        "accounts.organisation_save": ORGANISATION | {"kind": "tower_company", "owner_category": "tower_company"},
        "accounts.own_contact": {"phone": "0912 345 678"},
        "accounts.own_password": {"current": "{password}", "password": NEW_PASSWORD, "repeated": NEW_PASSWORD},
        "accounts.role_assign": {"role": "operator", "valid_from": "2010-01-01", "valid_to": "2011-01-01"},
        "accounts.set_password_submit": {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD},
        "accounts.succession_add": {
            "successor_id": "{successor_id}",
            "effective_on": "2026-01-01",
            "legal_basis": "Quyết định thử",
        },
        "accounts.succession_withdraw": {"reason": "Ghi nhầm"},
        "accounts.user_create": ACCOUNT,
        "accounts.user_save": ACCOUNT,
        # A day that moves the end of no case is entered at once; others are shown first.
        "calendar.day_add": CALENDAR_DAY | {"day": "15/06/2035"},
        "calendar.day_change": CALENDAR_DAY,
        "calendar.day_withdraw": {"source": "Thông báo thử"},
        "calendar.term_add": LEGAL_TERM,
        "calendar.term_confirm": {"citation": "Luật thử, Đ.1"},
        "calendar.term_decide": {"decision": "confirm"},
        "calendar.term_withdraw": {"reason": "Ghi nhầm"},
        "catalogue.kind_create": KIND_ROW | {"code": "hanh_vi_thu"},
        "catalogue.kind_add": KIND_ROW,
        "catalogue.kind_confirm": {"decree": "Nghị định thử"},
        "catalogue.competence_add": KIND_ROW | {"fine_max_vnd": "100000000"},
        "catalogue.competence_confirm": {"decree": "Nghị định thử"},
        "catalogue.kind_withdraw": {"reason": "Ghi nhầm"},
        "catalogue.competence_withdraw": {"reason": "Ghi nhầm"},
        "settings.add": SETTING,
        "settings.confirm": {"source": "Quyết định thử, Đ.1"},
        "settings.withdraw": {"reason": "Ghi nhầm"},
        "settings.decide": {"decision": "confirm"},
        "capacity.place_post": {"label": "Sàn 9", "unit": "position", "total": "3"},
        "capacity.entry_post": {"place": "Sàn 1", "state": "used", "quantity": "1"},
        "capacity.entry_end_post": {"ended_on": "01/02/2026"},
        "files.add_post": {"file": ("bản vẽ.pdf", OTHER_DOCUMENT), "caption": "Bản vẽ móng"},
        "notices.read_all": {"up_to": "9"},
        "planned_routes.read": {"points": "19,807; 105,776\n19,808; 105,777", "system": "auto", "option": "any"},
        "structures.create_post": TOWER | {"owner": "{owner_id}"},
        "structures.edit_post": TOWER | {"version": "{version}"},
        **{
            f"structures.{step}": {"version": "{version}", "reason": "thử"} for step in ("confirm", "suspend", "resume")
        },
        # Somebody uses the structures of the table.
        "structures.decommission": {"version": "{version}", "reason": "thử", "occupants": "end"},
    }
)


@cache
def table():
    """The reviewed rows, and the cast in the order of the columns, the board of the economic zone last."""
    rows, own = _rows_of(TABLE), {tuple(row[key] for key in KEYS): row[BOARD] for row in _rows_of(TABLE_OF_BOARD)}
    for row in rows:
        row[BOARD] = own.pop(tuple(row[key] for key in KEYS), row[MINISTRY])
    if own:
        message = f"{TABLE_OF_BOARD.name} has rows that {TABLE.name} has not: {sorted(own)}"
        raise ValueError(message)
    return rows, [name for name in rows[0] if name not in KEYS]


def _rows_of(path):
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def waiting():
    """Endpoints that no body of the table is taken by: the route of moves, until a feature declares some."""
    declared = any(workflow.model.__module__.startswith("registry.") for workflow in WORKFLOWS.values())
    return BETWEEN_FACTORS if declared else BETWEEN_FACTORS | {"workflow.step_post"}


def body(endpoint: str, kind: str, values: Mapping[str, object]):
    """What a valid post of an endpoint sends for an object, filled in from `given`; files can be read once."""
    fields = FIELDS.get((endpoint, kind), FIELDS.get(endpoint, {}))
    return {name: _filled(value, values) for name, value in fields.items()}


def _filled(value, values):
    if isinstance(value, tuple):
        name, content = value
        # The text instead of a content names one that the object has.
        return io.BytesIO(values[content] if isinstance(content, str) else content), name
    return value.format_map(values)


def address(app, endpoint, values):
    """The address of an endpoint for an object."""
    routes, arguments = _routes(app)
    return routes.build(endpoint, {key: values[key] for key in arguments[endpoint]})


@cache
def _routes(app):
    """What builds addresses, and the arguments of each endpoint."""
    rules = reversed(list(app.url_map.iter_rules()))
    return app.url_map.bind("localhost"), {rule.endpoint: rule.arguments for rule in rules}


def outcome(answer):
    """The cell of an answer."""
    if answer.status_code == 302 and answer.headers["Location"].startswith("/login"):
        return "login"
    return str(answer.status_code)


def token_in(page):
    """The token of the forms of a page."""
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
