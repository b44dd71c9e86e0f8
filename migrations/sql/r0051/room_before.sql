CREATE OR REPLACE VIEW structure_fact_now AS
SELECT s.id, s.kind, s.owner_organisation_id, s.owner_category, s.sharing_status, s.status,
       coalesce(s.commune_id, 0) AS commune_id, coalesce(s.condition, '') AS condition, s.is_public_asset,
       place.has_places, place.has_room, place.is_used,
       greatest(s.confirmed_on, s.surveyed_on, vietnamese_day(s.created_at)) AS fresh_on, days.since, days.shown_from
  FROM structure s
 CROSS JOIN LATERAL (SELECT count(*) > 0 AS has_places, coalesce(bool_or(free > 0), false) AS has_room,
                            coalesce(bool_or(used > 0), false) AS is_used
                       FROM capacity_place WHERE structure_id = s.id) place
 CROSS JOIN LATERAL days_of_structure(s.id) days;

CREATE OR REPLACE FUNCTION rows_of_change(change bigint, target text, first_id bigint DEFAULT 0, last_id bigint DEFAULT 9223372036854775807)
RETURNS TABLE (id bigint, left_by bigint, former bigint)
LANGUAGE plpgsql STABLE ROWS 10000
AS $$
DECLARE
    moment timestamptz;
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT w.id, w.last, (SELECT max(p.history_id + 0) FROM %1$I p WHERE p.id = w.id AND p.history_id < w.first'
        ' AND p.recorded_to = w.since)'
        ' FROM (SELECT id, min(history_id) AS first, max(history_id) AS last, min(recorded_from) AS since'
        ' FROM %1$I WHERE change_id = $1 AND id BETWEEN $2 AND $3 GROUP BY id) w', target || '_history')
        USING change, first_id, last_id;
    IF (SELECT t.deletes FROM revertible_table t WHERE t.name = target) THEN
        SELECT e.occurred_at INTO moment FROM audit_event e WHERE e.change_id = change;
        RETURN QUERY EXECUTE format(
            'SELECT h.id, NULL::bigint, h.history_id FROM %1$I h WHERE h.recorded_to = $1 AND h.change_id <> $2'
            ' AND h.id BETWEEN $3 AND $4'
            ' AND NOT EXISTS (SELECT FROM %1$I n WHERE n.id = h.id AND n.history_id > h.history_id)',
            target || '_history') USING moment, change, first_id, last_id;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION note_changed_places() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO structure_fact_change
    SELECT DISTINCT touched.id
      FROM gone was JOIN written now USING (id)
     CROSS JOIN LATERAL (VALUES (was.structure_id), (now.structure_id)) touched (id)
     WHERE (was.structure_id, was.free > 0, was.used > 0) IS DISTINCT FROM (now.structure_id, now.free > 0, now.used > 0);
    RETURN NULL;
END
$$;

DROP TRIGGER settle_insert ON capacity_entry;
DROP TRIGGER settle_update ON capacity_entry;
DROP TRIGGER settle_delete ON capacity_entry;
DROP TRIGGER settle_update ON structure;
DROP TRIGGER settle_insert ON cable_member;
DROP TRIGGER settle_update ON cable_member;
DROP TRIGGER settle_delete ON cable_member;
DROP FUNCTION settle_entries();
DROP FUNCTION settle_structures();
DROP FUNCTION settle_lists();
DROP FUNCTION settle_cable_use(bigint[]);
DROP FUNCTION carries_cables(text, text);
DROP FUNCTION cable_takes_place(text, text);
DROP TABLE cable_use;
ALTER TABLE revertible_table DROP COLUMN follows;
