-- What the database keeps itself is no part of what a change did: it follows when the change is taken back. `follows` is
-- SQL over a row `h` of the history.
ALTER TABLE revertible_table ADD COLUMN follows TEXT;
UPDATE revertible_table SET follows = 'h.cable_id IS NOT NULL' WHERE name = 'capacity_entry';
UPDATE revertible_table SET follows = 'h.label = unplaced_label() OR EXISTS (SELECT FROM capacity_place_history p'
    ' WHERE p.id = h.id AND p.history_id = (SELECT max(q.history_id + 0) FROM capacity_place_history q'
    '  WHERE q.id = h.id AND q.history_id < h.history_id)'
    ' AND (p.organisation_id, p.structure_id, p.label, p.unit, p.total, p.height_m, p.diameter_mm, p.level)'
    '  IS NOT DISTINCT FROM'
    '  (h.organisation_id, h.structure_id, h.label, h.unit, h.total, h.height_m, h.diameter_mm, h.level))'
 WHERE name = 'capacity_place';

-- What one change did to a table: for each row the version that it left (NULL: deleted) and the one before (NULL:
-- new).
CREATE OR REPLACE FUNCTION rows_of_change(change bigint, target text, first_id bigint DEFAULT 0, last_id bigint DEFAULT 9223372036854775807)
RETURNS TABLE (id bigint, left_by bigint, former bigint)
LANGUAGE plpgsql STABLE ROWS 10000
AS $$
DECLARE
    moment timestamptz;
    part revertible_table;
BEGIN
    SELECT * INTO STRICT part FROM revertible_table t WHERE t.name = target;
    RETURN QUERY EXECUTE format(
        -- "+ 0" keeps the planner from walking the primary key backwards for each row.
        'SELECT w.id, w.last, (SELECT max(p.history_id + 0) FROM %1$I p WHERE p.id = w.id AND p.history_id < w.first'
        ' AND p.recorded_to = w.since)'
        ' FROM (SELECT id, min(history_id) AS first, max(history_id) AS last, min(recorded_from) AS since'
        ' FROM %1$I h WHERE change_id = $1 AND id BETWEEN $2 AND $3 GROUP BY id HAVING bool_or(NOT (%2$s))) w',
        target || '_history', coalesce(part.follows, 'false'))
        USING change, first_id, last_id;
    IF part.deletes THEN
        SELECT e.occurred_at INTO moment FROM audit_event e WHERE e.change_id = change;
        -- Nothing names the change that deleted a row; its moment does, which is that of the change's event.
        RETURN QUERY EXECUTE format(
            'SELECT h.id, NULL::bigint, h.history_id FROM %1$I h WHERE h.recorded_to = $1 AND h.change_id <> $2'
            ' AND h.id BETWEEN $3 AND $4'
            ' AND NOT EXISTS (SELECT FROM %1$I n WHERE n.id = h.id AND n.history_id > h.history_id)',
            target || '_history') USING moment, change, first_id, last_id;
    END IF;
END
$$;
