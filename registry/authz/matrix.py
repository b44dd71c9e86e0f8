"""The permission matrix: permission -> role -> rows. `docs/permissions.md` is generated from it."""

from __future__ import annotations

from registry.authz.actors import Role
from registry.authz.permissions import P
from registry.authz.scopes import (
    ALL,
    AREA,
    AREA_OPEN,
    CREATOR,
    Grants,
    Scope,
    any_of,
    install,
    narrowed,
    party,
    rule,
    side,
)

OWNER = side("owner")
#: All roles that sign in, hence without PUBLIC.
SIGNED_IN = tuple(role for role in Role if role is not Role.PUBLIC)
OWNERS = (Role.OPERATOR, Role.INFRA_OWNER)
#: Roles that may request the use of structures of others.
REQUESTERS = (*OWNERS, Role.DEFENCE_USER)
#: Keep the own structures: what asks an owner for an answer reaches a page that takes it.
KEEPERS = (*OWNERS, Role.DEFENCE_USER)
REQUESTER = side("requester")
FILED = "is_filed_rule"
#: Every row that is not restricted.
OPEN = Scope("all", open_only=True)
#: Rows of an open case of the own organisation.
IN_OWN_CASE = party("is_disclosed_rule")


def _everyone(scope: Scope, *roles: Role) -> dict[Role, Scope]:
    return dict.fromkeys(roles, scope)


#: Rows with full attributes and exact position for the role (PROMISES: who sees which position).
#: All others see kind, owner category and grid cell of unrestricted rows.
STRUCTURE_READ = {
    Role.LEAD_DEPARTMENT: ALL,
    Role.CONSTRUCTION_DEPARTMENT: ALL,
    Role.AREA_INSPECTOR: AREA_OPEN,
    Role.COMMUNE_PC: AREA_OPEN,
    Role.FINANCE_DEPARTMENT: rule("is_public_asset_rule"),
    Role.INDUSTRY_TRADE_DEPARTMENT: rule("is_power_pole_rule"),
}

#: Roles that handle violations: inspectors and committees in their area, departments and committee of the province.
OFFICIALS = _everyone(AREA, Role.AREA_INSPECTOR, Role.COMMUNE_PC) | _everyone(
    ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT, Role.PROVINCIAL_PC
)

#: Of incidents and violations on restricted structures the committee of the province learns nothing.
CASE_OFFICIALS = OFFICIALS | _everyone(OPEN, Role.PROVINCIAL_PC)
#: They know the place of a violation; the committee of the province that of a case that came before its chair.
VIOLATION_HANDLERS = CASE_OFFICIALS | _everyone(rule("is_before_province_rule"), Role.PROVINCIAL_PC)
#: The accused, once minutes are made, and each organisation that a paper was served to.
SERVED_ACCUSED = any_of(narrowed(side("accused"), "is_served_rule"), party("was_served_to_rule", open_only=False))
#: Who holds a violation: the commune until it is transferred, then the receiver alone.
WITH_COMMUNE = _everyone(narrowed(AREA, "is_with_commune_rule"), Role.COMMUNE_PC)
WITH_SUPERIOR = {
    Role.LEAD_DEPARTMENT: narrowed(ALL, "is_with_lead_rule"),
    Role.PROVINCIAL_PC: rule("is_with_province_rule"),
}
#: Incidents: the organisation that an authority made responsible.
RESPONSIBLE = side("responsible")
#: Cases on structures of the energy sector, for the department of industry and trade.
ON_POWER_POLE = rule("is_on_power_pole_rule")
#: Once an authority has looked at the report.
POWER_SECTOR_INCIDENTS = _everyone(narrowed(ON_POWER_POLE, "is_triaged_rule"), Role.INDUSTRY_TRADE_DEPARTMENT)
#: Once minutes are made: before, a violation is a suspicion.
POWER_SECTOR_VIOLATIONS = _everyone(narrowed(ON_POWER_POLE, "is_served_rule"), Role.INDUSTRY_TRADE_DEPARTMENT)
#: Occupations: the writer; the structure's owner and the named occupant once the notice was sent.
OPENER = side("opener")
SENT = "is_sent_rule"
OCCUPATION_PARTIES = _everyone(any_of(OPENER, narrowed(OWNER, SENT), narrowed(side("occupant"), SENT)), *OWNERS)
OCCUPATION_AUTHORITIES = {
    Role.AREA_INSPECTOR: any_of(OPENER, narrowed(AREA_OPEN, SENT)),
    Role.COMMUNE_PC: narrowed(AREA_OPEN, SENT),
    Role.LEAD_DEPARTMENT: any_of(OPENER, narrowed(ALL, SENT)),
    Role.CONSTRUCTION_DEPARTMENT: narrowed(ALL, SENT),
    Role.INDUSTRY_TRADE_DEPARTMENT: narrowed(ON_POWER_POLE, SENT),
}

#: The board of the economic zone knows the notices that it receives, none on a restricted structure.
TO_ZONE_BOARD = narrowed(OPEN, "is_to_zone_board_rule")

#: An obstacle goes to one of these agencies.
AGENCY = side("agency")
AGENCIES = (
    Role.CONSTRUCTION_DEPARTMENT,
    Role.FINANCE_DEPARTMENT,
    Role.INDUSTRY_TRADE_DEPARTMENT,
    Role.PROVINCIAL_PC,
    Role.COMMUNE_PC,
    Role.ZONE_BOARD,
)

#: Inspection plans of the own area, and the issued ones of the whole province.
PLANS_OF_AREA = any_of(AREA, rule("is_joint_rule"))

GRANTS: Grants = {
    P.ACCOUNT_MANAGE: _everyone(ALL, Role.ADMIN),
    P.ACCOUNT_SELF: _everyone(ALL, *SIGNED_IN),
    P.AUDIT_READ: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.ADMIN),
    # Sent before building by owners; offices read those of their area, also those that another one receives.
    P.BUILDING_NOTICE_READ: _everyone(OWNER, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC)
    | _everyone(TO_ZONE_BOARD, Role.ZONE_BOARD),
    P.BUILDING_NOTICE_RECEIVE: {
        Role.LEAD_DEPARTMENT: narrowed(ALL, "is_to_lead_rule"),
        Role.CONSTRUCTION_DEPARTMENT: narrowed(ALL, "is_to_construction_rule"),
        Role.COMMUNE_PC: narrowed(AREA_OPEN, "is_to_commune_rule"),
        Role.ZONE_BOARD: TO_ZONE_BOARD,
    },
    P.BUILDING_NOTICE_SEND: _everyone(OWNER, *OWNERS),
    P.CALENDAR_EDIT: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.ADMIN),
    P.CAMPAIGN_MANAGE: _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Others read consolidated reports, never the figures of single operators before those are final.
    P.CAMPAIGN_READ: _everyone(ALL, Role.LEAD_DEPARTMENT)
    | _everyone(rule("is_consolidated_rule"), Role.PROVINCIAL_PC, Role.MINISTRY),
    P.CAPACITY_EDIT: _everyone(OWNER, *OWNERS),
    P.CAPACITY_HOLDERS: _everyone(OWNER, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    # Each move of a workflow has its own permission.
    P.CASE_ACT: _everyone(ALL, *SIGNED_IN),
    P.CLOCK: {},
    P.COLOCATION_DECIDE: _everyone(narrowed(OWNER, FILED), *OWNERS),
    # A draft is visible to the organisation of its writer only.
    P.COLOCATION_READ: _everyone(any_of(REQUESTER, narrowed(OWNER, FILED)), *OWNERS)
    | _everyone(REQUESTER, Role.DEFENCE_USER)
    | _everyone(narrowed(ALL, FILED), Role.LEAD_DEPARTMENT),
    P.COLOCATION_REQUEST: _everyone(REQUESTER, *REQUESTERS),
    P.COLOCATION_SETTLE: _everyone(narrowed(ALL, FILED), Role.LEAD_DEPARTMENT),
    # Totals over all unrestricted rows, for roles that see them as cells; no single row is shown.
    P.DASHBOARD_PROVINCE: _everyone(OPEN, Role.PROVINCIAL_PC, Role.MINISTRY),
    # The other totals count rows that the reader may see.
    # A page on a commune, for its own offices and the departments that follow all of them.
    P.COMMUNE_PAGE: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA, Role.COMMUNE_PC, Role.AREA_INSPECTOR),
    P.DASHBOARD_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    # Each office that decides on violations keeps the delegations of its head.
    P.DELEGATION_KEEP: _everyone(OWNER, Role.COMMUNE_PC, Role.LEAD_DEPARTMENT, Role.PROVINCIAL_PC),
    # A code for the day for an inspector of the own office who lost the second factor.
    P.FACTOR_LEND: _everyone(OWNER, Role.COMMUNE_PC, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.FILE_ADD: _everyone(OWNER, *KEEPERS),
    # Withdrawn files stay as evidence.
    P.FILE_EVIDENCE: _everyone(OWNER, *KEEPERS) | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    # The committee of the province reads no structures, hence only files of violations.
    P.FILE_READ: _everyone(OWNER, *KEEPERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT, Role.PROVINCIAL_PC)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    # Each department keeps the documents of its field; those that it is addressed to acknowledge one.
    P.GUIDANCE_EDIT: _everyone(
        OWNER,
        Role.LEAD_DEPARTMENT,
        Role.CONSTRUCTION_DEPARTMENT,
        Role.FINANCE_DEPARTMENT,
        Role.INDUSTRY_TRADE_DEPARTMENT,
    ),
    P.GUIDANCE_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    # An administrator imports a file for an owner, but does not read imports of others.
    P.IMPORT_RUN: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT) | _everyone(CREATOR, Role.ADMIN),
    # Report by file in a storm: owners their own outages, authorities those of others; each reads what it sent.
    P.INCIDENT_BULK: _everyone(OWNER, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(CREATOR, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    # The whole case: papers, photos of the repair, messages.
    P.INCIDENT_FOLLOW: CASE_OFFICIALS | _everyone(RESPONSIBLE, *KEEPERS) | POWER_SECTOR_INCIDENTS,
    # Owners and users of the structure know of the danger and when it is over.
    P.INCIDENT_READ: CASE_OFFICIALS
    | _everyone(any_of(RESPONSIBLE, party("is_tenant_rule", open_only=False)), *KEEPERS)
    | POWER_SECTOR_INCIDENTS,
    P.INCIDENT_STORM: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    # With what reporters wrote: their contact, their words, photos in quarantine.
    P.INCIDENT_TRIAGE: _everyone(AREA, Role.AREA_INSPECTOR, Role.COMMUNE_PC)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.INCIDENT_WORK: _everyone(RESPONSIBLE, *KEEPERS),
    P.INDICATOR_EDIT: _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.INDICATOR_ENTER: _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.INDICATOR_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    # Versions of the plan: drafts are for the departments, what was issued for all who sign in.
    P.INFRA_PLAN_READ: _everyone(
        narrowed(ALL, "is_issued_rule"), *(role for role in SIGNED_IN if role is not Role.CITIZEN)
    )
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.INFRA_PLAN_WRITE: _everyone(ALL, Role.LEAD_DEPARTMENT),
    # A value of the own register that an inspection found wrong.
    P.INSPECTION_ANSWER: _everyone(OWNER, *KEEPERS),
    P.INSPECTION_PLAN: _everyone(ALL, Role.LEAD_DEPARTMENT) | _everyone(AREA, Role.COMMUNE_PC),
    # A structure of a plan is shown to who also reads it in the register.
    P.INSPECTION_READ: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(PLANS_OF_AREA, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    P.INSPECTION_RECORD: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(PLANS_OF_AREA, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    # Announced structures, for all who plan and not for the public. What an operator registers is for it, the announcer
    # and the departments, never for a rival.
    P.JOINT_BUILD_ANNOUNCE: _everyone(OWNER, *OWNERS),
    P.JOINT_BUILD_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    P.JOINT_INTEREST_ANSWER: _everyone(side("announcer"), *OWNERS),
    P.JOINT_INTEREST_READ: _everyone(any_of(OWNER, side("announcer")), *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.JOINT_INTEREST_STATE: _everyone(OWNER, *OWNERS),
    # Issue labels, print and withdraw them.
    P.LABEL_PRINT: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.LOOK_LOG_READ: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Roles that plan, approve or inspect masts; unpublished masts of others give yes or no per cell.
    P.MAST_SPACING: _everyone(
        ALL,
        *OWNERS,
        Role.LEAD_DEPARTMENT,
        Role.CONSTRUCTION_DEPARTMENT,
        Role.AREA_INSPECTOR,
        Role.COMMUNE_PC,
    ),
    # Figures of money, and the projects in public-private partnership that the finance department keeps.
    P.MONEY_PROJECTS: _everyone(ALL, Role.FINANCE_DEPARTMENT),
    P.MONEY_READ: _everyone(ALL, Role.FINANCE_DEPARTMENT, Role.LEAD_DEPARTMENT),
    P.NOTICE_READ: _everyone(ALL, *SIGNED_IN),
    # Given to an agency, which answers it or hands it on; the lead department among them.
    P.OBSTACLE_ANSWER: _everyone(AGENCY, *AGENCIES, Role.LEAD_DEPARTMENT),
    P.OBSTACLE_ASSIGN: _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Raise one, rate its end or take it back.
    P.OBSTACLE_RAISE: _everyone(OWNER, *KEEPERS, Role.COMMUNE_PC),
    # Late ones come before the committee of the province.
    P.OBSTACLE_READ: _everyone(OWNER, *KEEPERS)
    | _everyone(any_of(OWNER, AGENCY), *AGENCIES)
    | _everyone(any_of(AGENCY, narrowed(ALL, "is_escalated_rule")), Role.PROVINCIAL_PC)
    | _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.OCCUPATION_ANSWER: _everyone(narrowed(side("occupant"), SENT), *OWNERS),
    P.OCCUPATION_CLAIM: _everyone(party("is_claimable_rule"), *OWNERS),
    # A whole case; of a case with unknown owner others see only what identifies the equipment.
    P.OCCUPATION_FOLLOW: OCCUPATION_PARTIES | OCCUPATION_AUTHORITIES,
    P.OCCUPATION_HANDLE: _everyone(narrowed(OWNER, SENT), *OWNERS),
    # Checked on the structure.
    P.OCCUPATION_OPEN: _everyone(OWNER, *OWNERS)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR)
    | _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.OCCUPATION_READ: _everyone(any_of(*OCCUPATION_PARTIES[Role.OPERATOR].parts, rule("is_unclaimed_rule")), *OWNERS)
    | OCCUPATION_AUTHORITIES,
    P.OCCUPATION_REFER: _everyone(narrowed(OWNER, SENT), *OWNERS)
    | _everyone(narrowed(AREA_OPEN, SENT), Role.AREA_INSPECTOR)
    | _everyone(narrowed(ALL, SENT), Role.LEAD_DEPARTMENT),
    # Decide whether a contract that the owner disputes is valid.
    P.OCCUPATION_SETTLE: _everyone(narrowed(ALL, SENT), Role.LEAD_DEPARTMENT),
    P.OCCUPATION_WRITE: _everyone(OPENER, *OWNERS, Role.AREA_INSPECTOR, Role.LEAD_DEPARTMENT),
    # Sites of the own office; the department anywhere, communes in their area.
    P.OFFERED_SITE_ANYWHERE: _everyone(ALL, Role.FINANCE_DEPARTMENT),
    P.OFFERED_SITE_KEEP: _everyone(OWNER, Role.FINANCE_DEPARTMENT, Role.COMMUNE_PC),
    P.OFFERED_SITE_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    # Yearly building plans: an operator knows its own alone, the departments compare those of all.
    P.OPERATOR_PLAN_FILE: _everyone(OWNER, Role.OPERATOR),
    P.OPERATOR_PLAN_READ: _everyone(OWNER, Role.OPERATOR)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    # Conclusions on structures; the service checks which office is competent for which aspect.
    P.PLAN_CONCLUDE: _everyone(OWNER, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.PLAN_CONCLUSION_READ: _everyone(side("structure_owner"), *KEEPERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    # The result of a task of a plan: the department for all, each organisation for what the plan gives to it.
    P.PLAN_TASK_REPORT: _everyone(ALL, Role.LEAD_DEPARTMENT)
    | _everyone(
        OWNER,
        Role.CONSTRUCTION_DEPARTMENT,
        Role.FINANCE_DEPARTMENT,
        Role.INDUSTRY_TRADE_DEPARTMENT,
        Role.PROVINCIAL_PC,
        Role.COMMUNE_PC,
        *OWNERS,
    ),
    # Areas that the plan puts first; figures about them are of published structures, which these see exactly.
    P.PRIORITY_AREA_FIGURES: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT, *OWNERS),
    P.PRIORITY_AREA_KEEP: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.PRIORITY_AREA_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    # An obstacle that an operator named: the department assigns it, the assigned agency reads and answers it.
    P.REMARK_HANDLE: _everyone(ALL, Role.LEAD_DEPARTMENT) | _everyone(AGENCY, *AGENCIES),
    P.REPORT_ACCEPT: _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Who is asked to report, for itself: operators, owners, communes.
    P.REPORT_READ: _everyone(ALL, Role.LEAD_DEPARTMENT) | _everyone(OWNER, Role.COMMUNE_PC, *OWNERS),
    P.REPORT_REVIEW: _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.REPORT_SUBMIT: _everyone(OWNER, Role.COMMUNE_PC, *OWNERS),
    # Calls for proposals and drafts of lists: each organisation that is asked answers for itself.
    P.ROUTELIST_ANSWER: _everyone(OWNER, Role.COMMUNE_PC, Role.LEAD_DEPARTMENT, *OWNERS),
    # The steps of operators in a listed street: the offices for all of them, each operator for itself.
    P.ROUTELIST_BOARD: _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA, Role.COMMUNE_PC)
    | _everyone(rule("is_agreed_rule"), *OWNERS),
    # Comments on a street: written by who reads the street, read by their own organisation and the two departments,
    # those of offices by its proposer as well.
    P.ROUTELIST_COMMENT: _everyone(any_of(OWNER, side("proposer")), Role.COMMUNE_PC, *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    P.ROUTELIST_ISSUE: _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT),
    P.ROUTELIST_ITEMS: _everyone(
        any_of(OWNER, rule("is_sent_rule")), Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT
    )
    | _everyone(rule("is_sent_rule"), Role.PROVINCIAL_PC)
    | _everyone(AREA, Role.AREA_INSPECTOR, Role.COMMUNE_PC)
    | _everyone(any_of(OWNER, rule("is_agreed_rule")), *OWNERS)
    | _everyone(rule("is_agreed_rule"), Role.FINANCE_DEPARTMENT, Role.INDUSTRY_TRADE_DEPARTMENT, Role.MINISTRY),
    # Results and photos of the review: offices, and operators and owners of what they proposed themselves.
    P.ROUTELIST_PAPERS: OFFICIALS | _everyone(OWNER, *OWNERS),
    P.ROUTELIST_PROGRESS: _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT) | _everyone(AREA, Role.COMMUNE_PC),
    # Communes for their area; operators, owners and the departments anywhere, each its own proposals.
    P.ROUTELIST_PROPOSE: _everyone(AREA, Role.COMMUNE_PC)
    | _everyone(OWNER, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT, *OWNERS),
    # The lists and their decisions; their streets are ROUTELIST_ITEMS.
    P.ROUTELIST_READ: _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT, Role.PROVINCIAL_PC)
    | _everyone(ALL, Role.AREA_INSPECTOR, Role.COMMUNE_PC, *OWNERS)
    | _everyone(ALL, Role.FINANCE_DEPARTMENT, Role.INDUSTRY_TRADE_DEPARTMENT, Role.MINISTRY),
    P.ROUTELIST_REVIEW: _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT),
    # Own saved filters, and those shared by colleagues.
    P.SAVED_SEARCH_EDIT: _everyone(CREATOR, *SIGNED_IN),
    P.SAVED_SEARCH_READ: _everyone(any_of(CREATOR, party("is_shared_rule", open_only=False)), *SIGNED_IN),
    P.SETTING_EDIT: _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Rules of streets: the department for all streets, a commune for those of its own that it makes.
    # Requests for offered sites: who asks, the office of the site, and the lead department.
    P.SITE_REQUEST_ANSWER: _everyone(side("office"), Role.FINANCE_DEPARTMENT, Role.COMMUNE_PC),
    P.SITE_REQUEST_READ: _everyone(OWNER, *OWNERS)
    | _everyone(side("office"), Role.FINANCE_DEPARTMENT, Role.COMMUNE_PC)
    | _everyone(ALL, Role.LEAD_DEPARTMENT),
    P.SITE_REQUEST_SEND: _everyone(OWNER, *OWNERS),
    P.STREET_RULE_ISSUE: _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT) | _everyone(OWNER, Role.COMMUNE_PC),
    P.STREET_RULE_READ: _everyone(rule("is_announced_rule"), *SIGNED_IN)
    | _everyone(any_of(OWNER, rule("is_announced_rule")), Role.COMMUNE_PC)
    | _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT),
    P.STREET_RULE_WRITE: _everyone(ALL, Role.CONSTRUCTION_DEPARTMENT) | _everyone(OWNER, Role.COMMUNE_PC),
    # Works of roads, power and water: each announces its own; all who plan in streets read them.
    P.STREET_WORK_ANNOUNCE: _everyone(
        OWNER,
        Role.LEAD_DEPARTMENT,
        Role.CONSTRUCTION_DEPARTMENT,
        Role.INDUSTRY_TRADE_DEPARTMENT,
        Role.COMMUNE_PC,
        Role.INFRA_OWNER,
    ),
    P.STREET_WORK_READ: _everyone(ALL, *SIGNED_IN),
    P.STRUCTURE_CONFIRM: _everyone(OWNER, *KEEPERS),
    P.STRUCTURE_CREATE: _everyone(OWNER, *OWNERS) | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.ADMIN),
    P.STRUCTURE_DECOMMISSION: _everyone(OWNER, *KEEPERS),
    P.STRUCTURE_EDIT: _everyone(OWNER, *KEEPERS),
    P.STRUCTURE_HISTORY: _everyone(OWNER, *KEEPERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT)
    | _everyone(AREA_OPEN, Role.AREA_INSPECTOR, Role.COMMUNE_PC),
    P.STRUCTURE_OUTSIDE_AREA: _everyone(ALL, Role.ADMIN),
    P.STRUCTURE_READ: _everyone(any_of(OWNER, rule("is_published_rule"), IN_OWN_CASE), *OWNERS)
    | _everyone(
        any_of(OWNER, rule("is_published_rule"), party("is_disclosed_rule", open_only=False)), Role.DEFENCE_USER
    )
    | STRUCTURE_READ,
    P.STRUCTURE_SUSPEND: _everyone(OWNER, *KEEPERS),
    # Publish a price, replace it from a day on, end it.
    P.TARIFF_PUBLISH: _everyone(OWNER, *OWNERS),
    # Prices are published for all who may request sharing, not for the public.
    P.TARIFF_READ: _everyone(any_of(OWNER, OPEN), *OWNERS)
    | _everyone(ALL, Role.LEAD_DEPARTMENT)
    | _everyone(rule("is_public_asset_rule"), Role.FINANCE_DEPARTMENT)
    | _everyone(rule("is_power_pole_rule"), Role.INDUSTRY_TRADE_DEPARTMENT),
    P.TERRITORY_IMPORT: _everyone(ALL, Role.ADMIN),
    # Request a confirmation outside the yearly round.
    P.UPKEEP_OPEN: _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Confirmation rounds, freshness and quality: owners for their own data, the lead department for all.
    P.UPKEEP_READ: _everyone(OWNER, *KEEPERS) | _everyone(ALL, Role.LEAD_DEPARTMENT),
    # Coverage of villages from a file: each operator for itself, the department for all of them.
    P.VILLAGE_COVERAGE: _everyone(ALL, Role.LEAD_DEPARTMENT) | _everyone(OWNER, Role.OPERATOR),
    # Communes keep the villages of their area (NĐ 185/2026/NĐ-CP).
    P.VILLAGE_EDIT: _everyone(ALL, Role.LEAD_DEPARTMENT) | _everyone(AREA, Role.COMMUNE_PC),
    P.VILLAGE_READ: _everyone(ALL, *(role for role in SIGNED_IN if role is not Role.CITIZEN)),
    # Explain, name another violator, prove the remedy, complain: the accused organisation, once minutes are made.
    P.VIOLATION_ANSWER: _everyone(narrowed(side("accused"), "is_served_rule"), *OWNERS),
    P.VIOLATION_DECIDE: WITH_COMMUNE | WITH_SUPERIOR,
    # Notes, suspects, photos and papers: the handling roles and their superior authorities.
    P.VIOLATION_EVIDENCE: VIOLATION_HANDLERS,
    # Sums and payments of decisions, without the accused and the place.
    P.VIOLATION_FINES: _everyone(narrowed(OPEN, "is_fined_rule"), Role.FINANCE_DEPARTMENT)
    | _everyone(narrowed(ALL, "is_fined_rule"), Role.LEAD_DEPARTMENT),
    P.VIOLATION_HANDLE: WITH_COMMUNE
    | _everyone(narrowed(AREA, "is_with_commune_rule"), Role.AREA_INSPECTOR)
    | WITH_SUPERIOR,
    # The departments log what they find, the one of construction in its field; the commune of the place takes it up.
    P.VIOLATION_LOG: _everyone(AREA, Role.AREA_INSPECTOR)
    | _everyone(ALL, Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT),
    # The issued papers: an organisation those that were served to it.
    P.VIOLATION_PAPERS: VIOLATION_HANDLERS | _everyone(SERVED_ACCUSED, *OWNERS),
    # The exact place; other readers know its public cell. An accused organisation reads the case once minutes are made.
    P.VIOLATION_PLACE: VIOLATION_HANDLERS | _everyone(SERVED_ACCUSED, *OWNERS),
    P.VIOLATION_READ: CASE_OFFICIALS | _everyone(SERVED_ACCUSED, *OWNERS) | POWER_SECTOR_VIOLATIONS,
    # Change or annul a decision: who issued it, and the committee of the province as its superior (Đ18.3).
    P.VIOLATION_REVIEW: WITH_COMMUNE | WITH_SUPERIOR | _everyone(OPEN, Role.PROVINCIAL_PC),
    P.VIOLATION_TAKE_OVER: WITH_SUPERIOR,
}

install(GRANTS)
