-- Taking a change back in steps of bounded size, so that its progress can be seen and it can be stopped.
-- begin_revert locks and refuses, revert_steps lists what is to be done, revert_step does one of them: all of it in one
-- transaction of the caller, in the order of the list.
CREATE TABLE revert_run (
    change_id bigint CONSTRAINT pk_revert_run PRIMARY KEY,
    transaction bigint NOT NULL
);
DROP FUNCTION revert_change(bigint);
DROP FUNCTION restore_rows(bigint, text, text[], text);
DROP FUNCTION rows_of_change(bigint, text);

-- What one change did to a table: for each row the version that it left (NULL: deleted) and the one before (NULL: new).
CREATE FUNCTION rows_of_change(change bigint, target text, first_id bigint DEFAULT 0, last_id bigint DEFAULT 9223372036854775807)
RETURNS TABLE (id bigint, left_by bigint, former bigint)
LANGUAGE plpgsql STABLE ROWS 10000
AS $$
DECLARE
    moment timestamptz;
BEGIN
    RETURN QUERY EXECUTE format(
        -- "+ 0" keeps the planner from walking the primary key backwards for each row.
        'SELECT w.id, w.last, (SELECT max(p.history_id + 0) FROM %1$I p WHERE p.id = w.id AND p.history_id < w.first'
        ' AND p.recorded_to = w.since)'
        ' FROM (SELECT id, min(history_id) AS first, max(history_id) AS last, min(recorded_from) AS since'
        ' FROM %1$I WHERE change_id = $1 AND id BETWEEN $2 AND $3 GROUP BY id) w', target || '_history')
        USING change, first_id, last_id;
    IF (SELECT t.deletes FROM revertible_table t WHERE t.name = target) THEN
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

-- Lock what a change wrote and refuse where it cannot be taken back; new structures may be deleted from here on.
CREATE FUNCTION begin_revert(change bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    part record;
BEGIN
    -- Whoever holds one of these rows finishes first; then nothing can be attached to them any more.
    FOR part IN SELECT * FROM revertible_table ORDER BY rank LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %1$I WHERE id IN (SELECT r.id FROM rows_of_change($1, %1$L) r)'
            ' ORDER BY id FOR UPDATE) locked', part.name) USING change;
    END LOOP;
    IF EXISTS (SELECT FROM obstacles_of_change(change)) THEN
        RAISE EXCEPTION 'change % cannot be taken back', change USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO revert_run (change_id, transaction) VALUES (change, pg_current_xact_id()::text::bigint);
    PERFORM set_config('registry.reverting', change::text, true);
END
$$;

-- The steps in their order, each over at most `at_once` rows of a table: what makes room at a place comes before its
-- total, what needs room after it; new rows go last, those that refer to others first.
CREATE FUNCTION revert_steps(change bigint, at_once int)
RETURNS TABLE (step bigint, source text, action text, first_id bigint, last_id bigint, found bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    WITH wanted AS (
        SELECT t.name, a.action, a.phase, CASE WHEN a.phase = 2 THEN t.rank ELSE -t.rank END AS place, a.within
          FROM revertible_table t
          JOIN (VALUES ('delete', 1, 1), ('restore_room', 1, 2), ('bring_back', 2, 1), ('restore', 2, 2), ('delete', 3, 1))
               AS a (action, phase, within)
            ON (a.phase = 1 AND t.gives_room IS NOT NULL)
            OR (a.phase = 2 AND (a.action = 'restore' OR t.deletes))
            OR (a.phase = 3 AND t.gives_room IS NULL)
    ), touched AS MATERIALIZED (
        SELECT t.name, r.id, CASE WHEN r.former IS NULL THEN 'delete' WHEN r.left_by IS NULL THEN 'bring_back'
                                  ELSE 'restore' END AS action
          FROM revertible_table t CROSS JOIN LATERAL rows_of_change(change, t.name) r
    ), runs AS (
        SELECT w.phase, w.place, w.within, w.name, w.action, r.id,
               (row_number() OVER (PARTITION BY w.phase, w.name, w.action ORDER BY r.id) - 1) / at_once AS run
          FROM wanted w JOIN touched r ON r.name = w.name AND r.action = split_part(w.action, '_room', 1)
    )
    SELECT row_number() OVER (ORDER BY phase, place, within, run), name, action, min(id), max(id), count(*)
      FROM runs GROUP BY phase, place, within, name, action, run ORDER BY 1
$$;

-- One step of the list, in the transaction of begin_revert.
CREATE FUNCTION revert_step(change bigint, target text, action text, first_id bigint, last_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    part revertible_table;
    names text;
    former text;
    condition text;
BEGIN
    SELECT * INTO STRICT part FROM revertible_table WHERE name = target;
    -- A setting could be made by anyone: only begin_revert, which looks for obstacles, writes this row.
    IF NOT EXISTS (SELECT FROM revert_run r
                    WHERE r.change_id = change AND r.transaction = pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'change % is not being taken back', change;
    END IF;
    IF action = 'delete' THEN
        EXECUTE format('DELETE FROM %1$I WHERE id IN'
            ' (SELECT r.id FROM rows_of_change($1, %1$L, $2, $3) r WHERE r.former IS NULL)', target)
            USING change, first_id, last_id;
    ELSIF action = 'bring_back' THEN
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names FROM pg_attribute
         WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        EXECUTE format('INSERT INTO %1$I (%3$s) SELECT %3$s FROM %2$I WHERE history_id IN'
            ' (SELECT r.former FROM rows_of_change($1, %1$L, $2, $3) r WHERE r.left_by IS NULL) ORDER BY id',
            target, target || '_history', names) USING change, first_id, last_id;
    ELSE
        condition := CASE WHEN action = 'restore_room' THEN part.gives_room
                          ELSE coalesce('NOT (' || part.gives_room || ')', 'true') END;
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
               string_agg(CASE attname WHEN 'version' THEN 'n.version + 1'
                                       WHEN 'updated_at' THEN 'current_setting(''registry.now'')::timestamptz'
                                       ELSE 'h.' || quote_ident(attname) END, ', ' ORDER BY attnum)
          INTO names, former
          FROM pg_attribute WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
           AND attname <> 'id' AND attname <> ALL (part.kept);
        IF names IS NOT NULL THEN
            EXECUTE format('UPDATE %1$I n SET (%3$s) = ROW(%4$s) FROM rows_of_change($1, %1$L, $2, $3) r'
                ' JOIN %2$I h ON h.history_id = r.former WHERE n.id = r.id AND r.left_by IS NOT NULL AND (%5$s)',
                target, target || '_history', names, former, condition) USING change, first_id, last_id;
        END IF;
    END IF;
END
$$;

-- Nothing of the change is left to be taken back: structures are never deleted again.
CREATE FUNCTION end_revert() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    DELETE FROM revert_run WHERE transaction = pg_current_xact_id()::text::bigint;
    SELECT set_config('registry.reverting', '', true)
$$;
REVOKE EXECUTE ON FUNCTION begin_revert(bigint), revert_steps(bigint, int), rows_of_change(bigint, text, bigint, bigint),
    revert_step(bigint, text, text, bigint, bigint), end_revert() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_revert(bigint), revert_steps(bigint, int),
    revert_step(bigint, text, text, bigint, bigint), end_revert() TO registry_web, registry_worker;
