-- Taking a change back in one statement, as before its steps.
DROP FUNCTION begin_revert(bigint);
DROP FUNCTION revert_steps(bigint, int);
DROP FUNCTION revert_step(bigint, text, text, bigint, bigint);
DROP FUNCTION end_revert();
DROP TABLE revert_run;
DROP FUNCTION rows_of_change(bigint, text, bigint, bigint);

-- What one change did to a table: for each row the version that it left (NULL: deleted) and the one before (NULL: new).
CREATE FUNCTION rows_of_change(change bigint, target text) RETURNS TABLE (id bigint, left_by bigint, former bigint)
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
        ' FROM %1$I WHERE change_id = $1 GROUP BY id) w', target || '_history') USING change;
    IF (SELECT t.deletes FROM revertible_table t WHERE t.name = target) THEN
        SELECT e.occurred_at INTO moment FROM audit_event e WHERE e.change_id = change;
        -- Nothing names the change that deleted a row; its moment does, which is that of the change's event.
        RETURN QUERY EXECUTE format(
            'SELECT h.id, NULL::bigint, h.history_id FROM %1$I h WHERE h.recorded_to = $1 AND h.change_id <> $2'
            ' AND NOT EXISTS (SELECT FROM %1$I n WHERE n.id = h.id AND n.history_id > h.history_id)',
            target || '_history') USING moment, change;
    END IF;
END
$$;

-- One step of taking back: the columns of a row become those of the version before.
CREATE FUNCTION restore_rows(change bigint, target text, kept text[], condition text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    names text;
    former text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg(CASE attname WHEN 'version' THEN 'n.version + 1'
                                   WHEN 'updated_at' THEN 'current_setting(''registry.now'')::timestamptz'
                                   ELSE 'h.' || quote_ident(attname) END, ', ' ORDER BY attnum)
      INTO names, former
      FROM pg_attribute WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
       AND attname <> 'id' AND attname <> ALL (kept);
    IF names IS NOT NULL THEN
        EXECUTE format('UPDATE %1$I n SET (%3$s) = ROW(%4$s) FROM rows_of_change($1, %1$L) r'
            ' JOIN %2$I h ON h.history_id = r.former WHERE n.id = r.id AND r.left_by IS NOT NULL AND (%5$s)',
            target, target || '_history', names, former, condition) USING change;
    END IF;
END
$$;

-- Take back all that one change did: new rows go, changed ones say what they said before, in a new version.
CREATE FUNCTION revert_change(change bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    part record;
    names text;
    gone constant text := 'DELETE FROM %1$I WHERE id IN (SELECT r.id FROM rows_of_change($1, %1$L) r WHERE r.former IS NULL)';
BEGIN
    -- Whoever holds one of these rows finishes first; then nothing can be attached to them any more.
    FOR part IN SELECT * FROM revertible_table ORDER BY rank LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %1$I WHERE id IN (SELECT r.id FROM rows_of_change($1, %1$L) r)'
            ' ORDER BY id FOR UPDATE) locked', part.name) USING change;
    END LOOP;
    IF EXISTS (SELECT FROM obstacles_of_change(change)) THEN
        RAISE EXCEPTION 'change % cannot be taken back', change USING ERRCODE = 'serialization_failure';
    END IF;
    PERFORM set_config('registry.reverting', change::text, true);
    -- What makes room at a place comes before its total, what needs room after it.
    FOR part IN SELECT * FROM revertible_table WHERE gives_room IS NOT NULL ORDER BY rank DESC LOOP
        EXECUTE format(gone, part.name) USING change;
        PERFORM restore_rows(change, part.name, part.kept, part.gives_room);
    END LOOP;
    FOR part IN SELECT * FROM revertible_table ORDER BY rank LOOP
        IF part.deletes THEN
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names FROM pg_attribute
             WHERE attrelid = part.name::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
            EXECUTE format('INSERT INTO %1$I (%3$s) SELECT %3$s FROM %2$I WHERE history_id IN'
                ' (SELECT r.former FROM rows_of_change($1, %1$L) r WHERE r.left_by IS NULL) ORDER BY id',
                part.name, part.name || '_history', names) USING change;
        END IF;
        PERFORM restore_rows(change, part.name, part.kept, coalesce('NOT (' || part.gives_room || ')', 'true'));
    END LOOP;
    FOR part IN SELECT * FROM revertible_table ORDER BY rank DESC LOOP
        EXECUTE format(gone, part.name) USING change;
    END LOOP;
    PERFORM set_config('registry.reverting', '', true);
END
$$;
REVOKE EXECUTE ON FUNCTION revert_change(bigint), rows_of_change(bigint, text), restore_rows(bigint, text, text[], text)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revert_change(bigint) TO registry_web, registry_worker;
