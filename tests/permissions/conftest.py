"""Objects of several owners and states, and one browser for each of the cast.

Made once for all files of this folder, on one connection; a savepoint takes back what each test does to them.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from registry.accounts.account_mail import link_token
from registry.accounts.browser import limits
from registry.accounts.commands import AddSuccession, SaveContact
from registry.accounts.models import (
    AccountMail,
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    OwnerCategory,
    RoleAssignment,
    UserAccount,
    UserSession,
)
from registry.accounts.queries import version_of
from registry.accounts.service import (
    add_succession,
    create_organisation,
    create_user,
    disable_user,
    open_link,
    save_contact,
)
from registry.accounts.sessions import open_session
from registry.audit.chain import record
from registry.authz.actors import Role
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.dated_rows.proposals import list_proposals
from registry.files.pages import STORE
from registry.files.service import AddFile, add_file
from registry.kernel.installation import INSTALLATION
from registry.kernel.mail import MailServer
from registry.notices.events import Audience
from registry.settings.commands import AddSetting
from registry.settings.queries import get_setting
from registry.settings.service import add_setting
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.writing import edit_structure, suspend
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.violations.catalogue import SaveCompetence, add_competence, rows_of_competence, rows_of_kind
from registry.violations.codes import Authority, Sector
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import AddTerm, add_term, list_days, list_terms, scheduled_rows
from registry.workflow.models import TermProposal
from registry.workflow.term_proposals import PROPOSALS, propose_term
from tests.factories.notices import tell_parties
from tests.factories.organisations import save_organisation, save_user
from tests.factories.structures import make, organisation_id, place_inside, place_outside
from tests.permissions.access_tokens import token_objects
from tests.permissions.agreements import STATES, agreement_objects
from tests.permissions.building_notices import building_notice_objects
from tests.permissions.bulk import bulk_objects
from tests.permissions.cables import cable_objects
from tests.permissions.campaigns import campaign_objects
from tests.permissions.cases import DOCUMENT, table, token_in
from tests.permissions.colocation import colocation_objects
from tests.permissions.dashboard import dashboard_objects
from tests.permissions.exports import export_objects
from tests.permissions.factors import asked_reset, inspector, own_factor
from tests.permissions.guidance import guidance_objects
from tests.permissions.imports import import_objects
from tests.permissions.incidents import incident_objects
from tests.permissions.indicators import indicator_objects
from tests.permissions.inspections import inspection_objects
from tests.permissions.labels import label_objects
from tests.permissions.obstacles import obstacle_objects
from tests.permissions.occupations import occupation_objects
from tests.permissions.offered_sites import planning_objects
from tests.permissions.ogc import ogc_objects
from tests.permissions.routelists import routelist_objects
from tests.permissions.saved_searches import saved_search_objects
from tests.permissions.street_works import street_objects
from tests.permissions.tariffs import tariff_objects
from tests.permissions.upkeep import upkeep_objects
from tests.permissions.villages import village_objects
from tests.permissions.violations import violation_objects
from tests.suite.endpoints import selected
from tests.support import shared
from tests.support.fixtures import account
from tests.support.offenders import no_offenders

#: Columns of the table that are no user names -> whose browser they use.
BROWSER_OF = {"public": None, "disabled": "nguoidan"}

database, app, ctx_of, client_of, taken_back = shared.fixtures("package")


@dataclass(frozen=True)
class Member:
    """One of the cast with a signed-in browser; `given` fills in what only this member would send."""

    client: FlaskClient
    token: str
    cookie: str
    given: dict[str, object]

    @property
    def is_signed_in(self):
        """Whether the browser holds a session of an open account."""
        return self.given["is_signed_in"]

    def open(self, address, method, data=None):
        """The answer to one request; what the one before did to the cookie (sign-out) is forgotten."""
        self.client.set_cookie("session", self.cookie)
        sent = None if method == "GET" else (data or {}) | {"csrf_token": self.token}
        with self.client.open(address, method=method, data=sent) as answer:
            answer.get_data()
        return answer


@pytest.fixture(autouse=True)
def sessions_as_they_are(monkeypatch):
    """A session is renewed once a minute, apart from the request: after that minute each request of these tests."""
    monkeypatch.setattr("registry.accounts.browser.SEEN_EVERY", timedelta(days=1))


@pytest.fixture(scope="package")
def places(ctx_of):
    """A place in the area of ubnd.xa and kiemtra1, and one in nobody's area."""
    areas = []
    for name in ("ubnd.xa", "kiemtra1", "kiemtra2"):
        with ctx_of(name, read_only=True) as ctx:
            areas.append(ctx.actor.unit_ids)
    with ctx_of(None, read_only=True) as ctx:
        return place_inside(ctx.session, areas[0]), place_outside(ctx.session, frozenset().union(*areas))


@pytest.fixture(scope="package")
def sends_mail(app):
    """An installation with a mail server, which no test of these connects to."""
    with pytest.MonkeyPatch.context() as patch:
        server = {"mail_server": MailServer("127.0.0.1", 1, "none"), "base_url": "https://hatang.example"}
        settings = replace(INSTALLATION.of(app), mail_from="so@hatang.example", **server)
        patch.setitem(app.extensions, INSTALLATION.name, settings)
        yield


@pytest.fixture(scope="package")
def objects(sends_mail, app, ctx_of, places, tmp_path_factory):
    """Object of the table -> what addresses and bodies are filled with."""
    del sends_mail
    rows = selected(table()[0])
    # Addresses of rows without an object of their own are filled in with the towers.
    wanted = None if rows is None else {*(row["object"] for row in rows), "viettel unpublished"}
    return made_objects(app, ctx_of, places, tmp_path_factory, STATES, wanted=wanted)


@dataclass(frozen=True)
class Build:
    """What the builders of objects are given."""

    app: object
    ctx_of: object
    inside: tuple
    outside: tuple
    folders: object
    agreements: object


def towers(build):
    """Towers of two owners, one that can be put back into use."""
    facts = {
        "viettel unpublished": ("viettel", build.inside, {}),
        "vnpt published": ("vnpt", build.outside, {"sharing_status": "available"}),
        "viettel restricted": ("viettel", build.outside, {"sharing_status": "restricted"}),
    }
    towers_by_name = {name: tower(build.app, build.ctx_of, *stated) for name, stated in facts.items()}
    others = {"viettel suspended": suspended, "viettel saved": saved}
    return towers_by_name | {name: make_one(build.ctx_of, build.inside) for name, make_one in others.items()}


#: (Pattern of the names that it makes, builder), in the order in which they can be made.
BUILDERS = (
    ("closed account", lambda build: {"closed account": closed_account(build.ctx_of)}),
    ("open link", lambda build: {"open link": link(build.ctx_of)}),
    ("open email link", lambda build: {"open email link": email_link(build.app, build.ctx_of)}),
    ("inspector", lambda build: {"inspector": inspector(build.ctx_of)}),
    ("asked reset", lambda build: {"asked reset": asked_reset(build.ctx_of)}),
    ("addressed account", lambda build: {"addressed account": addressed_account(build.ctx_of)}),
    ("waiting role", lambda build: {"waiting role": waiting_role(build.ctx_of)}),
    ("viettel unpublished|vnpt published|viettel restricted|viettel suspended|viettel saved", towers),
    ("viettel cable", lambda build: cable_objects(build.ctx_of, build.inside)),
    ("viettel bulk .*", lambda build: bulk_objects(build.ctx_of)),
    ("viettel round", lambda build: upkeep_objects(build.ctx_of, build.inside)),
    ("viettel search", lambda build: saved_search_objects(build.ctx_of)),
    ("collection .*", lambda build: ogc_objects(build.ctx_of)),
    ("viettel token", lambda build: token_objects(build.ctx_of)),
    ("viettel (restricted )?label", lambda build: label_objects(build.ctx_of, build.inside)),
    ("viettel .*price", lambda build: tariff_objects(build.ctx_of, build.inside)),
    # Before the requests: what is asked for later would join their draft.
    ("agreement .*", lambda build: agreement_objects(build.ctx_of, build.agreements)),
    # Before the requests of VNPT, whose draft to Viettel another one would join.
    ("occupation .*", lambda build: occupation_objects(build.app, build.ctx_of, build.inside)),
    ("building_notice .*", lambda build: building_notice_objects(build.ctx_of, build.inside)),
    (r"(infra|joint|offered|plan|site)_\w+ .*|viettel plan|priority area", planning_objects),
    ("obstacle .*", lambda build: obstacle_objects(build.ctx_of)),
    ("request .*", lambda build: colocation_objects(build.ctx_of)),
    ("violation .*", lambda build: violation_objects(build.app, build.ctx_of, build.folders.mktemp("signatures"))),
    ("incident .*|viettel storm file|citizen report", lambda build: incident_objects(build.app, build.ctx_of)),
    ("inspection .*", lambda build: inspection_objects(build.app, build.ctx_of)),
    ("(campaign|report|operator_report) .*", lambda build: campaign_objects(build.ctx_of)),
    ("village .*", lambda build: village_objects(build.ctx_of)),
    ("document", lambda build: guidance_objects(build.app, build.ctx_of)),
    ("route .*", lambda build: routelist_objects(build.ctx_of)),
    ("rule .*|work .*|ppp project", lambda build: street_objects(build.ctx_of)),
    ("(viettel|vnpt) (.*batch|layout)", lambda build: import_objects(build.app, build.ctx_of)),
    ("(viettel|inspector) notice", lambda build: notices(build.ctx_of)),
    ("indicator .*|plan task", lambda build: indicator_objects(build.ctx_of)),
    (
        ".*proposal|scheduled .*|succession|(own term )?proposal.*|term proposal.*",
        lambda build: over_time(build.ctx_of),
    ),
    ("list of .*|viettel export", lambda build: export_objects(build.app, build.ctx_of)),
    ("viettel run", lambda build: dashboard_objects(build.app, build.ctx_of)),
)


def made_objects(app, ctx_of, places, tmp_path_factory, agreements, *, wanted=None):
    """These objects with agreements in some states, most of the work; `wanted`: only those of these names."""
    build = Build(app, ctx_of, *places, tmp_path_factory, agreements)
    with app.test_request_context():
        objects_by_name = {"": common(ctx_of)}
        for pattern, builder in BUILDERS:
            if wanted is not None and not any(re.fullmatch(pattern, name) for name in wanted):
                continue
            built = builder(build)
            objects_by_name[""] |= built.pop("", {})
            no_offenders(
                "the pattern of a builder in BUILDERS names what it makes",
                [f"tests/permissions/conftest.py: {name!r}" for name in built if not re.fullmatch(pattern, name)],
                f"add the name to the pattern {pattern!r}",
            )
            objects_by_name |= built
    return objects_by_name


def notices(ctx_of):
    """One for an operator, and one for the inspectors of a unit that only kiemtra1 has of them."""
    areas = []
    for name in ("ubnd.xa", "kiemtra1", "kiemtra2"):
        with ctx_of(name, read_only=True) as ctx:
            areas.append(ctx.actor.unit_ids)
    unit_id = min(areas[0] & areas[1] - areas[2])
    with ctx_of("quantri") as ctx:
        operator = Audience(organisation_ids=frozenset({organisation_id(ctx.session, "viettel")}))
        inspectors = Audience(roles=frozenset({Role.AREA_INSPECTOR}), unit_ids=frozenset({unit_id}))
        return {
            "viettel notice": {"notice_id": tell_parties(ctx, operator, sentence="Đã gửi").id},
            "inspector notice": {"notice_id": tell_parties(ctx, inspectors, sentence="Đã gửi").id},
        }


def over_time(ctx_of):
    """A succession; scheduled rows of a term, a setting and a competence, which can be withdrawn and move nothing."""
    with ctx_of("so.khcn") as ctx:
        facts = {"needs_verification": True, "reason": "Thử"}
        row_id = add_setting(ctx, AddSetting("imports.undo_days", date(2030, 1, 1), 9, "Luật thử", **facts)).id
        competence_id = scheduled_competence(ctx).id
        own = add_setting(
            ctx, AddSetting("position.questions_notified_from", date(2030, 1, 1), 9, "Luật thử", **facts)
        ).id
    with ctx_of("gd.khcn") as ctx:
        proposed = AddSetting("position.questions_a_day", date(2030, 1, 1), 90, "Luật thử", **facts)
        others = add_setting(ctx, proposed).id
    own_term, others_term = term_proposals(ctx_of)
    with ctx_of("quantri") as ctx:
        ids = []
        for code in ("ben_cu", "ben_moi"):
            values = {"kind": OrganisationKind.OTHER, "owner_category": OwnerCategory.OTHER}
            days = {"valid_from": date(2020, 1, 1)}
            names = {"code": code, "name": f"Công ty {code}", "short_name": f"Công ty {code}"}
            ids.append(create_organisation(ctx, save_organisation(**names, **values, **days)).id)
        command = AddSuccession(
            predecessor_id=ids[0], successor_id=ids[1], effective_on=date(2026, 1, 1), legal_basis="QĐ thử"
        )
        succession = add_succession(ctx, command)
        key = list_terms(ctx)[-1].key
        add_term(ctx, AddTerm(key, date(2030, 1, 1), 9, TermUnit.MONTH, None, (), "Luật thử", needs_verification=True))
        return {
            "scheduled setting": {"row_id": row_id},
            "own proposal": {"proposal_id": own},
            "proposal of another": {"proposal_id": others},
            "own term proposal": {"proposal_id": own_term},
            "term proposal of another": {"proposal_id": others_term},
            "succession": {"organisation_id": ids[0], "succession_id": succession.id},
            "scheduled term": {"term_id": scheduled_rows(ctx, key)[0].id},
            "scheduled competence": {"competence_id": competence_id},
        }


def term_proposals(ctx_of):
    """Ids of rows of two terms that so.khcn and gd.khcn proposed; they move nothing."""
    proposal_ids = []
    for number, name in enumerate(("so.khcn", "gd.khcn")):
        with ctx_of(name) as ctx:
            key = list_terms(ctx)[-2 - number].key
            facts = AddTerm(key, date(2030, 1, 1), 9, TermUnit.MONTH, None, (), "Luật thử", needs_verification=True)
            propose_term(ctx, facts)
            (view,) = list_proposals(ctx, PROPOSALS, TermProposal.key == key)
            proposal_ids.append(view.proposal.id)
    return proposal_ids


def scheduled_competence(ctx):
    """A row after the first of an authority, which can be withdrawn."""
    fields = {"valid_to": None, "fine_max_vnd": Decimal(10**8), "decree": "Nghị định thử", "article": ""}
    return add_competence(
        ctx,
        SaveCompetence(
            authority=Authority.LEAD_DIRECTOR,
            sector=Sector.TELECOM,
            remedies=[],
            valid_from=date(2030, 1, 1),
            needs_verification=True,
            reason="Thử",
            **fields,
        ),
    )


def common(ctx_of):
    """What fills addresses that name nobody's own object: an account and an organisation to administer."""
    with ctx_of("quantri", read_only=True) as ctx:
        user = account(ctx.session, "vnpt")
        alias = ctx.session.scalars(select(OrganisationAlias).order_by(OrganisationAlias.id)).first()
        organisation = ctx.session.get_one(Organisation, alias.organisation_id)
        role = ctx.session.scalars(select(RoleAssignment).where(RoleAssignment.user_id == user.id)).one()
        return {
            "user_id": user.id,
            "user_version": version_of(ctx.session, user),
            "user_organisation_id": user.organisation_id,
            "assignment_id": role.id,
            "organisation_id": organisation.id,
            "organisation_version": version_of(ctx.session, organisation),
            "successor_id": organisation_id(ctx.session, "thap_xu_thanh"),
            "alias_id": alias.id,
            "day_id": list_days(ctx, ctx.today.year)[0].id,
            "list_code": "structures",
            "role": "operator",
            "file_format": "csv",
            "key": list_terms(ctx)[0].key,
            "act": "no_permit",
            "kind_id": rows_of_kind(ctx, "no_permit")[0].id,
            "competence_id": rows_of_competence(ctx, "district_chair")[0].id,
            "authority": "commune_chair",
            "setting": "imports.undo_days",
            "indicator": "kpi_hh_fibre",
            "row_id": get_setting(ctx, "imports.undo_days").rows[0].row.id,
            "term_id": list_terms(ctx)[0].rows[0].id,
            "unit_id": list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0].id,
            "kind": "antenna_tower",
            "language": "vi",
            "token": "khong-co",
            "workflow": "khong-co",
            "case_id": 1,
            "move": "submit",
            "filename": "css/actions.css",
            "zoom": 12,
            "x": 3251,
            "y": 1816,
        }


def closed_account(ctx_of):
    """An account that an administrator may open again."""
    with ctx_of("quantri") as ctx:
        command = save_user(
            username="da.nghi", full_name="Người Đã Nghỉ", organisation_id=organisation_id(ctx.session, "so_khcn")
        )
        user = create_user(ctx, command)
        disable_user(ctx, user.id)
        return {"user_id": user.id}


def waiting_role(ctx_of):
    """A role of an office that another administrator assigned."""
    with ctx_of("quantri") as ctx:
        user = account(ctx.session, "gd.khcn")
        role = RoleAssignment(user_id=user.id, role=Role.ADMIN, valid_from=ctx.today, awaiting_since=ctx.now)
        ctx.session.add(role)
        ctx.session.flush()
        record(ctx, "account.assign_role", "user_account", user.id)
        return {"user_id": user.id, "assignment_id": role.id}


def link(ctx_of):
    """The address by which vnpt may set its password; whoever holds it needs no session."""
    with ctx_of("quantri") as ctx:
        return {"token": open_link(ctx, account(ctx.session, "vnpt").id)}


def addressed_account(ctx_of):
    """An account with a mail address."""
    with ctx_of("quantri") as ctx:
        command = save_user(
            username="co.thu",
            full_name="Người Có Thư",
            organisation_id=organisation_id(ctx.session, "so_khcn"),
            email="co.thu@donvi.example",
        )
        return {"user_id": create_user(ctx, command).id}


def email_link(app, ctx_of):
    """The address by which vnpt may confirm a mail address."""
    key = app.config["SECRET_KEY"]
    with ctx_of("vnpt") as ctx:
        save_contact(ctx, SaveContact(email="vnpt@donvi.example"), key)
        query = select(AccountMail.uid).where(AccountMail.user_id == ctx.actor.id).order_by(AccountMail.id.desc())
        return {"token": link_token(key, ctx.session.scalars(query.limit(1)).one())}


def tower(app, ctx_of, owner, position, texts):
    """A tower with a place, an occupant and a document."""
    with ctx_of(owner) as ctx:
        structure = make(ctx, owner=owner, at=position, **texts)
        set_place(ctx, SetPlace(structure.code, "Sàn 1", PlaceUnit.POSITION, 5))
        entry = add_entry(ctx, AddEntry(structure.code, "Sàn 1", 1))
        command = AddFile(
            subject_kind="structure", subject_id=structure.id, file_name=f"{structure.code}.pdf", content=DOCUMENT
        )
        file = add_file(ctx, STORE.of(app), command)
        return {
            "code": structure.code,
            "version": structure.version,
            "structure_id": structure.id,
            "subject_kind": "structure",
            "subject_id": structure.id,
            "entry_id": entry.id,
            "attachment_id": file.id,
        }


def suspended(ctx_of, position):
    """A tower of Viettel that can be put back into use."""
    with ctx_of("viettel") as ctx:
        structure = make(ctx, owner="viettel", at=position)
        suspend(ctx, ChangeStatus(structure.code, structure.version, "bảo trì"))
        return {"code": structure.code, "version": structure.version}


def saved(ctx_of, position):
    """A tower of Viettel of which a name was saved just now."""
    with ctx_of("viettel") as ctx:
        code = make(ctx, owner="viettel", at=position).code
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Trạm đổi tên"}))
        return {"code": code, "change_id": ctx.change_id}


@pytest.fixture(scope="package")
def members(app, client_of, ctx_of, cast):
    """Name of the cast -> its browser; the disabled account still holds its old cookie."""
    _rows, names = table()
    members_by_name = {}
    for name in names:
        username = BROWSER_OF.get(name, name)
        client = client_of(username)
        token = token_in(client.get("/account" if username else "/login"))
        values = own_things(app, ctx_of, username) | {
            # Nobody's own account: the public signs in as an operator.
            "username": username or "viettel",
            "password": cast[username or "viettel"].password,
            "is_signed_in": name not in BROWSER_OF,
        }
        members_by_name[name] = Member(client, token, client.get_cookie("session").value, values)
    return members_by_name


def own_things(app, ctx_of, username):
    """The owner for whom a member would register structures, its session on another device, its second factor."""
    with app.test_request_context(), ctx_of(username or "viettel") as ctx:
        owns = username in ("viettel", "vnpt", "dienluc")
        owner = ctx.actor.organisation_id if owns else organisation_id(ctx.session, "viettel")
        open_session(ctx, ctx.actor.id, limits(), device="another device", address="127.0.0.1")
        query = select(UserSession.id).where(UserSession.user_id == ctx.actor.id).order_by(UserSession.id.desc())
        own_session = {"owner_id": owner, "session_id": ctx.session.scalars(query.limit(1)).one()}
        return own_session | own_factor(ctx)


def close_account(ctx_of):
    """Close the account of `disabled`; a second browser of the same person stays for the column of its role."""
    with ctx_of("quantri") as ctx:
        disable_user(ctx, ctx.session.scalars(select(UserAccount).filter_by(username="nguoidan")).one().id)
