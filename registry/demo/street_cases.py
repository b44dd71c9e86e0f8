"""Sample works in streets, rules of streets, projects that pay for such, offered sites and announced structures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from registry.accounts.queries import find_organisation
from registry.demo.data import column_values, points_of
from registry.joint_builds.commands import AnnounceBuild
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.service import announce_build
from registry.joint_builds.workflow import BUILD
from registry.kernel.fields import fields_of
from registry.kernel.geo.coordinates import parse_position
from registry.money.commands import SaveProject
from registry.money.models import PppProject
from registry.money.service import save_project
from registry.offered_sites.commands import OfferSite, RequestSite
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.offered_sites.service import offer_site, request_site
from registry.offered_sites.workflow import REQUEST, SITE
from registry.street_works.commands import AnnounceWork
from registry.street_works.service import announce_work
from registry.street_works.workflow import STREET_WORK
from registry.streetrules.commands import WriteRule
from registry.streetrules.service import write_rule
from registry.streetrules.workflow import RULE
from registry.streets.rule_models import StreetRule
from registry.streets.work_models import StreetWork
from registry.territory.models import AdminUnit

if TYPE_CHECKING:
    from registry.demo.cases import Entry, Stage


def create_street_cases(stage: Stage, table: Entry) -> None:
    """Works in streets that their owners announce, projects that pay for such, offered sites, announced structures."""
    for entry in table["ppp_projects"]:
        _project(stage, entry)
    for entry in table["street_works"]:
        _street_work(stage, entry)
    for entry in table["offered_sites"]:
        _offered_site(stage, entry)
    for entry in table["joint_builds"]:
        _joint_build(stage, entry)


def _street_work(stage: Stage, entry: Entry) -> None:
    defaults = dict.fromkeys(("from_place", "to_place", "width_m", "depth_m", "note"))
    line = json.dumps({"type": "LineString", "coordinates": points_of(entry["route"])})
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = defaults | column_values(StreetWork, stage.resolve(entry))
        work_id = announce_work(ctx, AnnounceWork(values, "", None, line)).id
    stage.move(STREET_WORK, work_id, entry.get("moves", ()))


def create_street_rules(stage: Stage, table: Entry) -> None:
    """Rules of streets of the sample; none where the commune is not in force."""
    for entry in table["street_rules"]:
        with stage.acting(entry["by"], entry["days"]) as ctx:
            unit = select(AdminUnit.id).where(AdminUnit.code == entry["commune"], AdminUnit.in_force(ctx.today))
            commune_id = ctx.session.scalar(unit)
            if commune_id is None:
                continue
            fields = fields_of(StreetRule)
            values = dict.fromkeys(fields) | column_values(StreetRule, stage.resolve(entry))
            command = WriteRule({name: values[name] for name in fields}, entry["street"], commune_id)
            rule_id = write_rule(ctx, command).id
        stage.move(RULE, rule_id, entry.get("moves", ()))


def _project(stage: Stage, entry: Entry) -> None:
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = dict.fromkeys(fields_of(PppProject)) | column_values(PppProject, stage.resolve(entry))
        save_project(ctx, SaveProject(values))


def _offered_site(stage: Stage, entry: Entry) -> None:
    """A site, the requests for it, and then its own moves."""
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = {"address": None} | column_values(OfferedSite, entry)
        site_id = offer_site(ctx, OfferSite(values, parse_position(entry["position"], "wgs84"))).id
    for request in entry.get("requests", ()):
        with stage.acting(request["by"], request["days"]) as ctx:
            wanted = column_values(SiteRequest, stage.resolve(request))
            request_id = request_site(ctx, RequestSite(site_id, wanted)).id
        stage.move(REQUEST, request_id, request.get("moves", ()))
    stage.move(SITE, site_id, entry.get("moves", ()))


def _joint_build(stage: Stage, entry: Entry) -> None:
    """An announcement, what is registered in the window, its end, the answers, and then its own moves."""
    values = stage.resolve(entry)
    starts_in = values.pop("starts_in").replace(day=1)
    closes = entry.get("closes", -1)
    with stage.acting(entry["by"], entry["days"]) as ctx:
        fields = dict.fromkeys(("address", "height_m", "length_m", "bores", "offered_places", "offered_bores"))
        stated = fields | column_values(JointBuild, values)
        position = parse_position(entry["position"], "wgs84")
        build_id = announce_build(ctx, AnnounceBuild(stated, entry["structure_kind"], starts_in, position)).id
        query = select(JointInterest.id, JointInterest.organisation_id).where(JointInterest.build_id == build_id)
        interest_of = {row.organisation_id: row.id for row in ctx.session.execute(query)}
        organisations = {each["by"]: find_organisation(ctx.session, each["by"]) for each in entry.get("interests", ())}
    moves = [
        (interest_of[organisation.id], move)
        for each in entry.get("interests", ())
        if (organisation := organisations[each["by"]]) is not None
        for move in each["moves"]
    ]
    for interest_id, move in moves:
        if move["days"] > closes:
            stage.move(INTEREST, interest_id, [move])
    if closes >= 0:
        silent = set(interest_of.values()) - {interest_id for interest_id, _move in moves}
        for interest_id in sorted(silent):
            stage.move(INTEREST, interest_id, [{"days": closes, "name": "fall_silent"}])
        stage.move(BUILD, build_id, [{"days": closes, "name": "close"}])
    for interest_id, move in moves:
        if move["days"] <= closes:
            stage.move(INTEREST, interest_id, [move])
    stage.move(BUILD, build_id, entry.get("moves", ()))
