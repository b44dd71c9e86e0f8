"""The one ledger: what cables use equals their lists, and the sums of places are those of their entries."""

from sqlalchemy import text

_DIFFERENCES = {
    "a cable in place without its use": """
        SELECT DISTINCT cable.code || ' ' || carrier.code FROM cable_member m
          JOIN structure cable ON cable.id = m.cable_id JOIN structure carrier ON carrier.id = m.structure_id
         WHERE cable.status NOT IN ('planned', 'building', 'removed') AND cable.sharing_status <> 'restricted'
           AND carrier.status NOT IN ('decommissioned', 'removed')
           AND carrier.kind NOT IN ('antenna_tower', 'site_house')
           AND NOT EXISTS (SELECT FROM cable_use u JOIN capacity_entry e ON e.id = u.entry_id
                            JOIN capacity_place p ON p.id = e.place_id
                            WHERE u.cable_id = m.cable_id AND u.structure_id = m.structure_id AND e.state = 'used'
                              AND p.structure_id = m.structure_id
                              AND (e.holder_id = cable.owner_organisation_id
                                   OR e.holder_id IS NULL AND e.holder_name IS NULL))""",
    "a use without a cable in place": """
        SELECT u.cable_id || ' ' || u.structure_id FROM cable_use u JOIN structure cable ON cable.id = u.cable_id
         WHERE NOT EXISTS (SELECT FROM cable_member m WHERE m.cable_id = u.cable_id AND m.structure_id = u.structure_id)
            OR cable.status IN ('planned', 'building', 'removed') OR cable.sharing_status = 'restricted'""",
    "an entry of a cable that has gone": """
        SELECT e.id::text FROM capacity_entry e JOIN capacity_place p ON p.id = e.place_id
          JOIN structure carrier ON carrier.id = p.structure_id
         WHERE e.cable_id IS NOT NULL AND e.state = 'used' AND carrier.status NOT IN ('decommissioned', 'removed')
           AND NOT EXISTS (SELECT FROM cable_use u WHERE u.entry_id = e.id AND u.cable_id = e.cable_id)""",
    "more cables in an entry than it has pieces": """
        SELECT e.id::text FROM capacity_entry e JOIN capacity_place p ON p.id = e.place_id
         WHERE p.unit NOT IN ('bore', 'level')
           AND e.quantity < (SELECT count(*) FROM cable_use u WHERE u.entry_id = e.id)""",
    "a place with other sums than its entries": """
        SELECT p.id::text FROM capacity_place p LEFT JOIN capacity_entry e ON e.place_id = p.id
         GROUP BY p.id HAVING p.used <> coalesce(sum(e.quantity) FILTER (WHERE e.state = 'used'), 0)""",
}


def ledger_differences(session):
    """Where the ledger differs from the cables: what is wrong, and for which rows."""
    session.flush()
    rows = {what: session.scalars(text(query)).all() for what, query in _DIFFERENCES.items()}
    return {what: ids for what, ids in rows.items() if ids}


_USES = text(
    "SELECT cable.code AS cable, carrier.code AS carrier, p.label, e.cable_id IS NOT NULL AS is_own FROM cable_use u"
    " JOIN structure cable ON cable.id = u.cable_id JOIN structure carrier ON carrier.id = u.structure_id"
    " JOIN capacity_entry e ON e.id = u.entry_id JOIN capacity_place p ON p.id = e.place_id ORDER BY 1, 2"
)


def uses(session):
    """By (code of the cable, code of the carrier): the label of its place, and whether the entry is the cable's own."""
    session.flush()
    return {(row.cable, row.carrier): (row.label, row.is_own) for row in session.execute(_USES)}
