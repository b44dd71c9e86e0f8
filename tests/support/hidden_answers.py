"""Which answers depend on what their reader may not see, route by route: a new route is put on the list or marked free.

`ASKED` and `POSTED` are asked twice by `tests/web/test_hidden_answers.py`, with the hidden structures here and there;
whatever an outsider is answered must be the same. `FREE` says for groups of routes why they cannot say more than that.
"""

#: GET routes by endpoint, with the queries that could tell where something is. `{...}` are filled for each place that
#: is looked at: `lat`, `lon` of it, `west` ... `north` of a box that ends at it, `code` and `id` of a hidden structure,
#: `commune` (id) and `kind`; arguments of the route are filled as well.
ASKED = {
    # The list, its boxes, counts and orders, the map, one structure, programs.
    "structures.list": (
        "bbox={west},{south},{east},{north}",
        "near={lat},{lon}&within=50",
        "kind={kind}&near={lat},{lon}&within=700&sort=name&order=desc",
        "unit={commune}",
        "kind={kind}&height_m_min=40",
        "quality=duplicate",
        "quality=near_others",
        "quality=shows_nodes",
        "quality=misplaced&kind={kind}",
        "confirmed=older",
        "room=1",
        "inspection=1",
        "status=planned",
        "as_of=2025-04-01&bbox={west},{south},{east},{north}",
        "as_of=2025-04-01&recorded_at=2025-05-01&near={lat},{lon}&within=50",
        "q={code}",
    ),
    # Clusters from the stored counts, and from the structures one by one.
    "structures.tile_of": (
        "",
        "kind={kind}&colour=room",
        "kind={kind}&status=active",
        "kind={kind}&bbox={west},{south},{east},{north}",
        "as_of=2025-04-01",
    ),
    "structures.extent": (
        "bbox={west},{south},{east},{north}",
        "near={lat},{lon}&within=50",
        "kind={kind}",
        "q={code}",
        "as_of=2025-04-01&near={lat},{lon}&within=50",
    ),
    "structures.detail": ("", "as_of=2025-04-01"),
    "structures.by_id": ("", "as_of=2025-04-01"),
    "structures.card": ("", "as_of=2025-04-01"),
    "structures_api.items": (
        "bbox={west},{south},{east},{north}",
        "near={lat},{lon}&within=50",
        "quality=duplicate",
        "as_of=2025-04-01&bbox={west},{south},{east},{north}",
    ),
    "structures.locate": ("text={lat},{lon}&system=wgs84",),
    # Programs: features, their numbers, extent and orders, and tiles.
    "ogc.collection": ("",),
    "ogc.items": (
        "bbox={west},{south},{east},{north}",
        "sortby=-name,kind&properties=code",
        "filter=kind%3D%27{kind}%27%20OR%20height_m%3E0&filter-lang=cql2-text",
        "filter=s_disjoint(geometry,BBOX({west},{south},{east},{north}))",
        "code={code}",
        "datetime=2025-04-01&bbox={west},{south},{east},{north}",
    ),
    "ogc.item": ("", "datetime=2025-04-01"),
    "ogc_tiles.tile": ("", "kind={kind}"),
    "structures.bulk_edit": ("bbox={west},{south},{east},{north}&all=1", "code={code}"),
    # Words, files, labels.
    "search.results": ("q={code}", "q=Kín", "q={lat},{lon}"),
    "exports.make": (
        "bbox={west},{south},{east},{north}",
        "quality=duplicate",
        "near={lat},{lon}&within=50",
        "as_of=2025-04-01&bbox={west},{south},{east},{north}",
    ),
    "labels.new": ("code={code}", "all=1&bbox={west},{south},{east},{north}"),
    "labels.card": ("",),
    "saved_searches.index": ("",),
    "saved_searches.new": ("bbox={west},{south},{east},{north}",),
    "saved_searches.edit": ("",),
    "saved_searches.delete": ("",),
    "saved_searches.replace": ("bbox={west},{south},{east},{north}",),
    # Places that somebody plans.
    "planned_sites.index": ("at={lat}%3B+{lon}&radius_m=10", "at={lat}%3B+{lon}&radius_m=500&kind={kind}"),
    "planned_sites.new_mast": ("at={lat}%3B+{lon}",),
    "planned_sites_api.nearest": ("at={lat},{lon}&radius_m=500&kind={kind}",),
    "planned_routes.index": ("points={lat},{lon}%3B{north},{east}&corridor=15",),
    "planned_routes.paths": ("points={lat},{lon}%3B{north},{east}",),
    "planned_routes_api.corridor": ("points={lat},{lon}%3B{north},{east}&corridor=15",),
    # Imports, with rows on and near the places: the batch is checked anew each time.
    "imports.detail": ("",),
    "imports.rows": ("", "show=warned", "show=duplicate", "show=refused"),
    "imports.row": ("",),
    "imports.places": ("", "bbox={west},{south},{east},{north}", "rows=2,3,4"),
    "imports.problems": ("",),
    "imports.error_file": ("rows=all",),
    "imports.missing": ("",),
    "imports.index": ("",),
    # Figures and quality.
    "home.index": ("",),
    "home.dashboard": ("", "as_of=2025-04-01", "unit={commune}", "figure=older", "figure=suspended&as_of=2025-04-01"),
    "home.compare": ("first=01/04/2025&second=01/10/2025", "unit={commune}&other=1"),
    "commune_page.index": ("unit={commune}",),
    "published.index": ("",),
    "home.towers": ("",),
    "indicators.index": ("", "on=01/04/2025"),
    "indicator_figures.index": ("",),
    "indicator_figures.detail": ("",),
    "indicators.detail": ("",),
    "upkeep.findings": ("",),
    "upkeep.index": ("",),
    "upkeep.quality": ("", "as_of=2025-04-01"),
    "upkeep_api.freshness": ("",),
    "territory.unit": ("",),
    "colocation_figures.index": ("",),
    "cables.index": ("",),
    # What hangs on one structure or tells of one.
    "structures.edit": ("",),
    "cables.members": ("",),
    "capacity.place": ("",),
    "capacity.entry": ("",),
    "occupations.new": ("", "cable={code}"),
    "occupations.index": ("",),
    "colocation.index": ("",),
    "agreements.index": ("",),
    "files.add": ("",),
    "violations.locate": ("text={lat},{lon}&system=wgs84",),
    "violations.index": ("", "unit={commune}"),
    "violations.detail": ("",),
    "violations.tile_of": ("",),
    "violation_figures.index": ("",),
    "incidents.index": ("", "unit={commune}", "unsafe=1&unit={commune}", "q=SC-"),
    "incidents.detail": ("",),
    "incidents.board": ("",),
    "incidents.heat": ("",),
    "storms.index": ("",),
    "storms.detail": ("",),
    "report.overview": ("",),
    "report.incidents": ("state=open", "state=open&unit={commune}", "state=safe"),
    "report.incident": ("",),
    "report.kind": ("draft=5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c&at={lat},{lon}",),
    "violations.log": ("at={lat}%3B+{lon}",),
    "inspections.index": ("",),
    "inspection_board.index": ("",),
    "inspection_board.items": ("", "kind={kind}", "unit={commune}", "q={code}"),
    "inspections.suggestions": ("", "kind={kind}"),
    "routelists.items": ("",),
    # Counts the structures along a street, which begins on a hidden one.
    "routelists.item": ("",),
    "routelists.planned": ("",),
    "routelists.progress": ("",),
    "tariffs.new": ("structure={code}&kind={kind}",),
    "notices.index": ("",),
    "audit.looks": ("",),
}

#: POST routes: an outsider sends the least form, with the code of a hidden structure where the route has one.
POSTED = (
    "structures.edit_post",
    "structures.confirm",
    "structures.suspend",
    "structures.resume",
    "structures.decommission",
    "structures.bulk_preview",
    "structures.bulk_apply",
    "cables.members_post",
    "capacity.place_post",
    "capacity.entry_post",
    "occupations.new_post",
    "basket.add",
    "colocation.create",
    "labels.issue",
    "planned_routes.read",
    "files.add_post",
    "imports.mapping",
    "inspections.add",
    "report.send",
    "tariffs.publish",
)

#: Reason -> endpoints, of whatever method.
FREE = {
    "what the open interface has, by kinds, lists and rights; no row of the register": (
        "ogc.api ogc.collections ogc.conformance ogc.landing ogc.queryables ogc.schema"
        " ogc_tiles.matrix_set ogc_tiles.matrix_sets ogc_tiles.style ogc_tiles.tileset ogc_tiles.tilesets"
    ),
    "public lists and collections by their declarations, issued lists, days of indicators; no structure is read": (
        "open_data.index open_data.record"
    ),
    "accounts, their organisations and sessions; no structure is read": (
        "accounts.alias_add accounts.alias_withdraw accounts.confirm_email_form accounts.confirm_email_submit"
        " accounts.own_contact accounts.user_leave accounts.user_mail_link"
        " access_tokens.create access_tokens.detail access_tokens.index access_tokens.new access_tokens.revoke"
        " accounts.end_device accounts.end_other_devices accounts.login"
        " accounts.second_factor accounts.second_factor_submit accounts.factor_first accounts.factor_first_submit"
        " accounts.own_factors accounts.factor_add_app accounts.factor_add_passkey accounts.factor_remove"
        " accounts.factor_codes accounts.factor_forget accounts.factor_reset accounts.factor_reset_confirm"
        " accounts.access_review accounts.role_keep accounts.factor_reset_cancel accounts.day_passes"
        " accounts.day_pass_give"
        " accounts.login_submit accounts.logout accounts.organisation accounts.organisation_create"
        " accounts.organisation_edit accounts.organisation_new accounts.organisation_save accounts.organisations"
        " accounts.own_account accounts.own_password accounts.role_assign accounts.role_confirm accounts.role_end"
        " accounts.set_password"
        " accounts.set_password_submit accounts.succession_add accounts.succession_leave"
        " accounts.succession_withdraw accounts.user accounts.user_create"
        " accounts.user_disable accounts.user_edit accounts.user_enable accounts.user_link accounts.user_new"
        " accounts.user_save accounts.users preferences.language"
    ),
    "calendar, settings, catalogue of acts, borders, ground and files of the program": (
        "basemap.about basemap.file_tile basemap.layer_tile calendar.day_add calendar.day_change calendar.day_edit"
        " calendar.day_leave calendar.day_new calendar.day_withdraw calendar.index calendar.term_add"
        " calendar.term_cancel calendar.term_check calendar.term_confirm calendar.term_decide calendar.term_leave"
        " calendar.term_new calendar.term_proposal calendar.term_withdraw"
        " calendar.terms catalogue.competence catalogue.competence_add catalogue.competence_change"
        " catalogue.competence_check catalogue.competence_confirm catalogue.kind catalogue.kind_add"
        " catalogue.kind_change catalogue.competence_leave catalogue.competence_withdraw catalogue.kind_leave"
        " catalogue.kind_withdraw catalogue.kind_check catalogue.kind_confirm catalogue.kind_create catalogue.kind_new"
        " settings.add settings.cancel settings.decide settings.proposal"
        " settings.check settings.confirm settings.detail settings.index settings.leave settings.new"
        " settings.unconfirmed settings.withdraw static territory.boundaries"
        " structures.map_view territory.boundary territory.index territory.lines imports.template"
        " help.guide help.index help.terms"
    ),
    "indicators of the plans: definitions, targets, entered values of the province": (
        "indicators.correct indicators.correct_post indicators.edit indicators.edit_post indicators.target_leave"
        " indicators.target_withdraw indicators.target_check indicators.target_confirm"
        " indicators.new_target indicators.new_target_post"
        " indicators.new_value"
        " indicators.new_value_post indicators.value indicators.enter_file_form indicators.enter_file_post"
        " indicators.file_template population.index population.enter_form population.enter_post population.template"
        " plan_tasks.create plan_tasks.detail plan_tasks.edit plan_tasks.edit_post plan_tasks.index plan_tasks.new"
        " plan_tasks.result plan_tasks.result_post"
    ),
    "reports: figures of one owner for itself and for the department, frozen ones of the province": (
        "campaigns.check campaigns.create campaigns.detail campaigns.docx campaigns.edit campaigns.edit_post"
        " campaigns.index campaigns.new campaigns.own campaigns.pdf campaigns.version campaigns.xlsx"
        " campaigns.questions campaigns.questions_post campaigns.remind campaigns.reporters"
        " operator_reports.docx operator_reports.pdf"
        " operator_reports.check"
        " operator_reports.detail operator_reports.grant operator_reports.handle operator_reports.handling"
        " operator_reports.index operator_reports.remark operator_reports.revoke operator_reports.save"
        " operator_reports.submission operator_reports.withdraw"
    ),
    "guidance and forms of the departments": (
        "guidance.acknowledge guidance.create guidance.detail guidance.file guidance.index guidance.new"
        " guidance.new_version guidance.public guidance.public_document guidance.public_file guidance.remind"
        " guidance.replace guidance.withdraw"
    ),
    "notices before building: a place that their sender stated, for it and for offices of the area": (
        "building_notices.create building_notices.detail building_notices.index building_notices.new"
    ),
    "yearly plans: compared with what the reader sees exactly, refused by that alone": (
        "operator_plans.create operator_plans.detail operator_plans.index operator_plans.new operator_plans.planned"
        " operator_plans.template operator_plans.tile_of"
    ),
    "areas that the plan puts first: places that offices state, and figures of published structures alone": (
        "priority_areas.create priority_areas.detail priority_areas.edit priority_areas.file_form"
        " priority_areas.file_post priority_areas.index priority_areas.new priority_areas.save priority_areas.tile_of"
    ),
    "plans, which are of places and name no structure": (
        "infra_plans.create infra_plans.detail infra_plans.edit infra_plans.index infra_plans.new infra_plans.save"
        " infra_plans.tile_of"
    ),
    "conclusions, for who reads the structure exactly": (
        "plan_conclusions.create plan_conclusions.detail plan_conclusions.index plan_conclusions.new"
    ),
    "works in streets: a line that their announcer stated, which does not read the notices to owners along it": (
        "street_works.create street_works.detail street_works.edit street_works.index street_works.new"
        " street_works.save street_works.tile_of"
    ),
    "projects of the finance department, and sums that list no structure": (
        "money.create money.edit money.fines money.index money.new money.project money.projects money.save"
        " money.add_street money.remove_street"
    ),
    "announced structures: a place that their announcer stated for all, compared with no other": (
        "joint_builds.create joint_builds.detail joint_builds.index joint_builds.join joint_builds.new"
        " joint_builds.tile_of joint_interests.detail_of_interest joint_interests.index_of_interests"
    ),
    "sites that offices offer, which are no structures": (
        "offered_sites.ask offered_sites.create offered_sites.detail offered_sites.figures offered_sites.index"
        " offered_sites.new offered_sites.send offered_sites.tile_of site_requests.detail_of_request"
        " site_requests.index_of_requests"
    ),
    "obstacles in words, which name no structure": (
        "obstacles.create obstacles.detail obstacles.figures obstacles.index obstacles.new"
    ),
    "villages, which no structure names": (
        "villages.change villages.change_post villages.create villages.detail villages.edit villages.edit_post"
        " villages.index villages.new village_coverage.enter_form village_coverage.enter_post village_coverage.index"
        " village_coverage.template"
    ),
    "prices that owners publish; of a structure where its reader sees it, of a restricted one to no other": (
        "tariffs.detail tariffs.end tariffs.end_post tariffs.index tariffs.own tariffs.replace tariffs.replace_post"
    ),
    "what the reader itself chose from what it sees": "basket.bar basket.index basket.remove basket.save",
    "only the parties of the case get an answer, and its structures were disclosed to them": (
        "agreements.contract agreements.contract_post agreements.detail agreements.item agreements.item_post"
        " colocation.detail colocation.dossier colocation.edit colocation.edit_post colocation.item"
        " colocation.item_post colocation.receipt colocation.remove occupations.detail occupations.edit"
        " occupations.edit_post workflow.say workflow.step workflow.step_post"
    ),
    "days of procedures, of cases that are not restricted": "procedures.index",
    "acts and fines of the law; decisions for who decides": "violations.kinds violation_figures.sanctions",
    "papers of the own office, without a place": (
        "violation_delegations.create violation_delegations.detail violation_delegations.end"
        " violation_delegations.index violation_delegations.new"
    ),
    "a place that an inspector went to, for offices of the area and the accused; its structure by rights": (
        "violations.edit violations.edit_post violations.log_post"
        " violation_photos.redact violation_photos.redact_post"
        " violation_photos.source violation_photos.original violation_papers.case_file"
        " violation_papers.index violation_papers.pdf violation_papers.docx"
        " violation_papers.number violation_papers.payment violation_papers.prepare violation_papers.signed"
        " violation_papers.on_paper"
    ),
    "for offices that see the structures of their area; of a plan those that the reader sees in the register": (
        "inspections.detail inspections.edit inspections.edit_post inspections.item inspections.item_by_id"
        " inspection_papers.plan inspection_papers.item inspection_papers.results inspections.remove"
        " inspections.record inspections.correct inspections.correction inspections.answer"
        " inspection_findings.show inspection_findings.decide inspection_findings.statement inspection_findings.answer"
    ),
    "what the reporter typed and its own photos, compared with nothing": (
        "report.photo report.photo_post report.place report.look_up report.look_up_post"
    ),
    "for the holder of a code of 128 bits; the public place alone, as in report.incident": (
        "report.status report.reopen report.rate"
    ),
    "the own reports, with what their codes would show": "report.own_reports report.own_report",
    "follows or reopens a published incident by its number and answers a code; its page is report.incident": (
        "report.me_too report.reopen_published"
    ),
    "a photo without its position, cleared by an officer": "report.picture",
    "only authorities of the area, the responsible organisation and users of the structure get an answer": (
        "incidents.reporters incidents.photo incidents.clear incidents.clear_post"
        " storms.open_post storms.end storms.file storms.template"
    ),
    "streets and lists of streets, without structures": (
        "routelists.agreed routelists.agreed_csv routelists.agreed_print routelists.create routelists.decide"
        " routelists.desk routelists.detail"
        " routelists.edit routelists.issued routelists.index routelists.item_geojson routelists.new"
        " routelists.import_file routelists.import_file_post routelists.import_template"
        " routelists.workbook routelists.read_workbook_post routelists.send_drafts_post"
        " routelists.differences"
        " routelists.ask_proposal routelists.proposal routelists.send_proposal routelists.stop_proposal"
        " routelists.take_proposal routelists.ask_road routelists.answer_road routelists.road"
        " routelists.board routelists.save_need routelists.save_as_built routelists.save_board"
        " routelists.open_year routelists.save routelists.tile_of"
        " routelists.round_of routelists.answer_round routelists.comment_on routelists.reply_to"
        " routelists.paper routelists.issued_csv routelists.issued_geojson"
        " routelists.save_planned routelists.remove_planned routelists.remove_as_built"
        " routelists.works routelists.save_work routelists.remove_work"
        " street_rules.create street_rules.detail street_rules.edit street_rules.in_force street_rules.index"
        " street_rules.new street_rules.published street_rules.save street_rules.tile_of"
    ),
    "a structure of others is answered like none (test_storms.py)": "storms.file_post",
    "cells of an owner's own files and what they mean; the check behind them is asked as `imports.detail`": (
        "imports.column imports.column_post imports.merge imports.merge_doubles imports.merge_post imports.prefix"
        " imports.split imports.values imports.values_post"
    ),
    "layouts of an owner's own files: names of columns": "imports.layout imports.layout_post imports.layouts",
    "which digests the reader gets": "digests.index digests.save",
    "charts that another route on the list answers, computed for the reader alone": (
        "dashboard_runs.create dashboard_runs.detail"
    ),
    "only who may edit or label the structure, by its id, gets an answer": (
        "capacity.entry_end capacity.entry_end_post files.open files.withdraw labels.index labels.paper labels.pdf"
        " labels.revoke labels.sheet structures.bulk_batch structures.bulk_batches structures.bulk_undo"
        " upkeep.close upkeep.confirm upkeep.round"
    ),
    "for the department that sees every structure": "upkeep.open",
    "a form for one's own structure; what is sent is compared with own codes of the same owner": (
        "structures.create structures.create_post structures.new"
    ),
    "a plan to inspect an area, before it has structures": ("inspections.create inspections.new"),
    "keeps or starts what another route on the list answers": (
        "exports.download exports.index exports.request_file imports.apply imports.cancel imports.decide"
        " imports.correct_row imports.missing_post imports.reading imports.status imports.tables imports.undo"
        " imports.undo_post imports.upload notices.open notices.read_all saved_searches.create"
        " saved_searches.delete_post saved_searches.edit_post saved_searches.replace_post undo.take_back"
    ),
    "the state of a case, for the holder of the code on its receipt; no structure is named": "lookup.find lookup.index",
    "the chain of changes, for who watches over it": "audit.events",
    "how columns of the organisation's own files are read": "imports.layout imports.layout_post imports.layouts",
}


def free():
    """Every endpoint that is marked free."""
    return {endpoint for names in FREE.values() for endpoint in names.split()}
