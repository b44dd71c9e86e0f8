-- Makes the ledger of these cables equal to their lists: ends what they use no longer, and gives them a place in each
-- structure that carries them: an entry of their owner with room for them, then one of an unknown user, then a unit of
-- the only place for cables, then the unknown place.
CREATE OR REPLACE FUNCTION settle_cable_use(cables bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    today CONSTANT date := vietnamese_day(current_setting('registry.now')::timestamptz);
    is_reverting CONSTANT boolean := coalesce(current_setting('registry.reverting', true), '') <> '';
    touched bigint[];
    gone bigint[];
BEGIN
    IF coalesce(cardinality(cables), 0) = 0 THEN
        RETURN;
    END IF;
    SELECT array_agg(DISTINCT structure_id) INTO touched
      FROM (SELECT structure_id FROM cable_member WHERE cable_id = ANY (cables)
            UNION ALL SELECT structure_id FROM cable_use WHERE cable_id = ANY (cables)) both_ways;
    IF touched IS NULL THEN
        RETURN;
    END IF;
    -- Writers of one place wait for each other in one order.
    PERFORM FROM capacity_place WHERE structure_id = ANY (touched) ORDER BY id FOR UPDATE;

    DROP TABLE IF EXISTS pg_temp.wanted_use, pg_temp.missing_use;
    CREATE TEMP TABLE wanted_use ON COMMIT DROP AS
    SELECT DISTINCT m.cable_id, m.structure_id, cable.owner_organisation_id AS holder_id,
           carrier.owner_organisation_id AS owner_id
      FROM cable_member m
      JOIN structure cable ON cable.id = m.cable_id AND cable_takes_place(cable.status, cable.sharing_status)
      JOIN structure carrier ON carrier.id = m.structure_id AND carries_cables(carrier.kind, carrier.status)
     WHERE m.cable_id = ANY (cables);
    ANALYZE wanted_use;

    -- What a cable uses no longer. On a structure that went out of service its entries wait for the owner's decision.
    WITH lost AS (
        DELETE FROM cable_use u USING capacity_entry e
         WHERE u.cable_id = ANY (cables) AND e.id = u.entry_id
           AND (e.state = 'ended'
                OR NOT EXISTS (SELECT FROM wanted_use w WHERE w.cable_id = u.cable_id AND w.structure_id = u.structure_id
                                AND (w.holder_id = e.holder_id OR (e.cable_id IS NULL AND e.holder_id IS NULL
                                                                   AND e.holder_name IS NULL)))
                -- An entry that was declared since goes before the place that the database gave.
                OR (e.cable_id IS NOT NULL AND EXISTS (
                    SELECT FROM capacity_entry d JOIN capacity_place p ON p.id = d.place_id
                     WHERE p.structure_id = u.structure_id AND d.state = 'used' AND d.cable_id IS NULL
                       AND d.holder_id = e.holder_id
                       AND (p.unit IN ('bore', 'level')
                            OR d.quantity > (SELECT count(*) FROM cable_use o WHERE o.entry_id = d.id)))))
        RETURNING u.cable_id, u.structure_id, u.entry_id)
    SELECT array_agg(lost.entry_id) INTO gone
      FROM lost JOIN capacity_entry e ON e.id = lost.entry_id JOIN structure s ON s.id = lost.structure_id
     WHERE e.cable_id IS NOT NULL AND e.state = 'used' AND carries_cables(s.kind, s.status);
    IF gone IS NOT NULL THEN
        -- A revert leaves no trace of what it takes back; where a cable still passes, it was only misplaced.
        DELETE FROM capacity_entry e
         WHERE e.id = ANY (gone)
           AND (is_reverting OR EXISTS (SELECT FROM wanted_use w JOIN capacity_place p ON p.structure_id = w.structure_id
                                         WHERE p.id = e.place_id AND w.cable_id = e.cable_id AND w.holder_id = e.holder_id));
        UPDATE capacity_entry e
           SET state = 'ended',
               ended_on = greatest(e.started_on, least(coalesce(r.removed_on, today), today))
          FROM cable_route r WHERE e.id = ANY (gone) AND r.id = e.cable_id;
    END IF;

    CREATE TEMP TABLE missing_use ON COMMIT DROP AS
    SELECT w.*, row_number() OVER (PARTITION BY w.structure_id, w.holder_id ORDER BY w.cable_id) AS turn
      FROM wanted_use w
     WHERE NOT EXISTS (SELECT FROM cable_use u WHERE u.cable_id = w.cable_id AND u.structure_id = w.structure_id);
    -- What was ended today, or is taken back, goes on as it was.
    WITH former AS (
        SELECT DISTINCT ON (m.cable_id, m.structure_id) m.cable_id, m.structure_id, e.id AS entry_id, e.place_id
          FROM missing_use m JOIN capacity_place p ON p.structure_id = m.structure_id
          JOIN capacity_entry e ON e.place_id = p.id AND e.cable_id = m.cable_id AND e.holder_id = m.holder_id
         WHERE e.state = 'ended' AND (is_reverting OR e.ended_on = today)
         ORDER BY m.cable_id, m.structure_id, e.id DESC
    ), fitting AS (
        SELECT f.* FROM (SELECT *, row_number() OVER (PARTITION BY place_id ORDER BY cable_id) AS nth FROM former) f
          JOIN capacity_place p ON p.id = f.place_id WHERE p.total IS NULL OR f.nth <= p.free
    ), resumed AS (
        UPDATE capacity_entry e SET state = 'used', ended_on = NULL FROM fitting f WHERE e.id = f.entry_id
    ), given AS (
        INSERT INTO cable_use (cable_id, structure_id, entry_id) SELECT cable_id, structure_id, entry_id FROM fitting)
    DELETE FROM missing_use m USING fitting f WHERE m.cable_id = f.cable_id AND m.structure_id = f.structure_id;
    -- Entries of their owner, then of an unknown user.
    FOR step IN 1..2 LOOP
        WITH room AS (
            SELECT p.structure_id, e.id AS entry_id, e.holder_id,
                   CASE WHEN p.unit IN ('bore', 'level') THEN (SELECT count(*) FROM missing_use m WHERE m.structure_id = p.structure_id)
                        ELSE e.quantity - (SELECT count(*) FROM cable_use u WHERE u.entry_id = e.id) END AS units
              FROM capacity_entry e JOIN capacity_place p ON p.id = e.place_id
             WHERE p.structure_id = ANY (touched) AND e.state = 'used' AND e.cable_id IS NULL
               AND (CASE step WHEN 1 THEN e.holder_id IS NOT NULL ELSE e.holder_id IS NULL AND e.holder_name IS NULL END)
        ), unit AS (
            SELECT r.structure_id, r.entry_id, r.holder_id,
                   row_number() OVER (PARTITION BY r.structure_id, r.holder_id ORDER BY r.entry_id) AS turn
              FROM room r CROSS JOIN LATERAL generate_series(1, r.units)
        ), turns AS (
            SELECT m.cable_id, m.structure_id, m.holder_id,
                   row_number() OVER (PARTITION BY m.structure_id, CASE step WHEN 1 THEN m.holder_id END
                                      ORDER BY m.cable_id) AS turn
              FROM missing_use m
        ), given AS (
            INSERT INTO cable_use (cable_id, structure_id, entry_id)
            SELECT t.cable_id, t.structure_id, unit.entry_id
              FROM turns t JOIN unit ON unit.structure_id = t.structure_id AND unit.turn = t.turn
               AND (step = 2 OR unit.holder_id = t.holder_id)
            RETURNING cable_id, structure_id)
        DELETE FROM missing_use m USING given g WHERE m.cable_id = g.cable_id AND m.structure_id = g.structure_id;
    END LOOP;
    IF NOT EXISTS (SELECT FROM missing_use) THEN
        RETURN;
    END IF;

    INSERT INTO capacity_place (organisation_id, structure_id, label, unit)
    SELECT DISTINCT m.owner_id, m.structure_id, unplaced_label(), 'cable' FROM missing_use m
     WHERE NOT EXISTS (SELECT FROM capacity_place p WHERE p.structure_id = m.structure_id AND p.unit = 'cable'
                        AND p.label <> unplaced_label()
                        AND (p.total IS NULL
                             OR p.free >= (SELECT count(*) FROM missing_use n WHERE n.structure_id = m.structure_id)))
        OR (SELECT count(*) FROM capacity_place p WHERE p.structure_id = m.structure_id AND p.unit = 'cable'
             AND p.label <> unplaced_label()) > 1
    ON CONFLICT (structure_id, label) DO NOTHING;
    WITH turns AS (
        SELECT m.*, row_number() OVER (PARTITION BY m.structure_id ORDER BY m.cable_id) AS nth FROM missing_use m
    ), made AS (
        INSERT INTO capacity_entry (organisation_id, place_id, state, quantity, holder_id, cable_id, technology, started_on)
        SELECT t.owner_id, coalesce(single.id, unplaced.id), 'used', 1, t.holder_id, t.cable_id, r.cable_kind,
               -- A day that contradicts the structure is no known day.
               CASE WHEN r.installed_on <= today AND r.installed_year_only IS NOT TRUE
                     AND r.installed_on >= coalesce(greatest(s.built_on, s.in_service_on), r.installed_on) THEN r.installed_on END
          FROM turns t JOIN cable_route r ON r.id = t.cable_id JOIN structure s ON s.id = t.structure_id
          LEFT JOIN LATERAL (SELECT min(p.id) AS id, count(*) AS places, min(p.free) AS free, bool_or(p.total IS NULL) AS is_open
                               FROM capacity_place p WHERE p.structure_id = t.structure_id AND p.unit = 'cable'
                                AND p.label <> unplaced_label()) only_place ON true
          LEFT JOIN capacity_place single ON single.id = only_place.id AND only_place.places = 1
                AND (only_place.is_open OR t.nth <= only_place.free)
          LEFT JOIN capacity_place unplaced ON unplaced.structure_id = t.structure_id AND unplaced.label = unplaced_label()
        RETURNING id, cable_id, place_id)
    INSERT INTO cable_use (cable_id, structure_id, entry_id)
    SELECT made.cable_id, p.structure_id, made.id FROM made JOIN capacity_place p ON p.id = made.place_id;
END
$$;

DROP FUNCTION missing_uses(bigint[]);
DROP FUNCTION wanted_uses(bigint[]);
