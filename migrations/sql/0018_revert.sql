-- Whose rows may be taken back with the change that wrote them, in the order of their foreign keys (lowest rank first).
-- Migrations fill it (make_revertible); `structure` and `gives_room` are SQL of ours, over the rows h (history) and n (now).
CREATE TABLE revertible_table (
    name TEXT NOT NULL,
    rank SMALLINT NOT NULL,
    structure TEXT NOT NULL,
    kept TEXT[] NOT NULL,
    gives_room TEXT,
    deletes BOOLEAN NOT NULL,
    CONSTRAINT pk_revertible_table PRIMARY KEY (name),
    CONSTRAINT uq_revertible_table_rank UNIQUE (rank)
);

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

-- The structures that a change wrote to, by table; `made` where the row was new.
CREATE FUNCTION structures_of_change(change bigint) RETURNS TABLE (source text, structure_id bigint, made boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT * FROM revertible_table ORDER BY rank LOOP
        RETURN QUERY EXECUTE format(
            'SELECT %2$L, (%3$s)::bigint, r.former IS NULL FROM rows_of_change($1, %2$L) r'
            ' JOIN %1$I h ON h.history_id = coalesce(r.left_by, r.former)',
            part.name || '_history', part.name, part.structure) USING change;
    END LOOP;
END
$$;

-- Why a change cannot be taken back: rows that were changed since, and what refers to its new rows by now.
CREATE FUNCTION obstacles_of_change(change bigint) RETURNS TABLE (reason text, source text, structure_id bigint)
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
REVOKE EXECUTE ON FUNCTION revert_change(bigint), obstacles_of_change(bigint), structures_of_change(bigint),
    rows_of_change(bigint, text), restore_rows(bigint, text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revert_change(bigint), obstacles_of_change(bigint), structures_of_change(bigint)
    TO registry_web, registry_worker;

-- A structure is never deleted, except sample data (flask demo clear) and what a mistaken change had brought.
CREATE OR REPLACE FUNCTION refuse_real_deletion() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT OLD.is_sample AND coalesce(current_setting('registry.reverting', true), '') = '' THEN
        RAISE EXCEPTION 'structure % is never deleted', OLD.code USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
