-- A change is reverted whole again, as the baseline has it.

DROP FUNCTION begin_revert(bigint, bigint[]);

-- Locks what a change wrote and refuses where it cannot be reverted; new structures may be deleted from here on.
CREATE FUNCTION begin_revert(change bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    part record;
BEGIN
    -- A transaction that holds one of these rows finishes first; then nothing can be attached to them any more.
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

-- Why a change cannot be reverted: rows that were changed since, and what refers to its new rows by now.
CREATE OR REPLACE FUNCTION obstacles_of_change(change bigint) RETURNS TABLE (reason text, source text, structure_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    part record;
    link record;
    made bigint[];
BEGIN
    FOR part IN SELECT * FROM revertible_table ORDER BY rank LOOP
        RETURN QUERY EXECUTE format(
            'SELECT ''changed'', %2$L, (%3$s)::bigint FROM rows_of_change($1, %2$L) r'
            ' JOIN %1$I h ON h.history_id = r.left_by WHERE h.recorded_to IS NOT NULL',
            part.name || '_history', part.name, part.structure) USING change;
        SELECT array_agg(r.id) INTO made FROM rows_of_change(change, part.name) r WHERE r.former IS NULL;
        CONTINUE WHEN made IS NULL;
        FOR link IN
            SELECT c.conrelid::regclass::text AS name, a.attname AS col,
                   EXISTS (SELECT FROM revertible_table t WHERE t.name = c.conrelid::regclass::text) AS ours
              FROM pg_constraint c
              JOIN pg_attribute k ON k.attrelid = c.confrelid AND k.attname = 'id'
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[array_position(c.confkey, k.attnum)]
             WHERE c.contype = 'f' AND c.confrelid = part.name::regclass
               -- Others said themselves what becomes of their rows (SET NULL, CASCADE).
               AND c.confdeltype IN ('a', 'r')
        LOOP
            RETURN QUERY EXECUTE format(
                'SELECT ''used'', %1$L, (SELECT (%4$s)::bigint FROM %5$I h WHERE h.id = x.%2$I ORDER BY h.history_id + 0 DESC LIMIT 1)'
                ' FROM %1$I x WHERE x.%2$I IN (SELECT unnest($2))%3$s',
                link.name, link.col,
                CASE WHEN link.ours THEN format(
                    ' AND NOT EXISTS (SELECT FROM %I o WHERE o.id = x.id AND o.change_id = $1)', link.name || '_history')
                ELSE '' END, part.structure, part.name || '_history') USING change, made;
        END LOOP;
        IF part.name = 'structure' THEN
            -- Files name what they belong to without a foreign key.
            RETURN QUERY SELECT 'used', 'attachment_link', l.subject_id FROM attachment_link l
                WHERE l.subject_kind = 'structure' AND l.subject_id IN (SELECT unnest(made));
        END IF;
    END LOOP;
END
$$;

-- The steps in their order, each over at most `at_once` rows of a table: what makes room at a place comes before its
-- total, what needs room after it; new rows go last, those that refer to others first.
CREATE OR REPLACE FUNCTION revert_steps(change bigint, at_once int)
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
CREATE OR REPLACE FUNCTION revert_step(change bigint, target text, action text, first_id bigint, last_id bigint) RETURNS void
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

DROP FUNCTION rows_to_revert(bigint, text, bigint, bigint);
ALTER TABLE revert_run DROP COLUMN spared;

REVOKE ALL ON FUNCTION begin_revert(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_revert(bigint) TO registry_web, registry_worker;
