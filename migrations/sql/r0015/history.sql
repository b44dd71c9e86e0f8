-- Each versioned table has a trigger function of its own with fixed SQL, so that PostgreSQL plans it once a session and
-- not at each statement (ADR 0003).

-- What a report froze stays what it was: a change that began before its moment and is written after it is recorded
-- after it.
CREATE TABLE history_frozen (
    is_only BOOLEAN NOT NULL DEFAULT true,
    known_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_history_frozen PRIMARY KEY (is_only),
    CONSTRAINT ck_history_frozen_is_only CHECK (is_only)
);
INSERT INTO history_frozen (known_at) VALUES ('-infinity');

-- The SQL that writes a change that holds from a day in the past, over the rows n (new) and o (old) of a table:
-- writer.moment is the moment of the change, writer.effective since when it holds, writer.change its id. Each column
-- that the change altered is altered in the version that was valid on that day and in every version that began to hold
-- later; earlier versions and all other columns stay. The last version written is the present row; the others were
-- never the present.
CREATE OR REPLACE FUNCTION correction_of(target oid, history text) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
DECLARE
    names text;
    merged text;
    made text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg(format('CASE WHEN n.%1$I IS DISTINCT FROM o.%1$I THEN n.%1$I ELSE h.%1$I END AS %1$I', attname), ', '
                      ORDER BY attnum) FILTER (WHERE attgenerated = ''),
           string_agg(CASE WHEN attgenerated = '' THEN format('m.%I', attname)
                           ELSE format('(%s) AS %I', pg_get_expr(d.adbin, d.adrelid), attname) END, ', ' ORDER BY attnum)
      INTO names, merged, made
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated <> ''
     WHERE attrelid = target AND attnum > 0 AND NOT attisdropped;
    RETURN format(
        'WITH points AS (SELECT n.id, begun.point, greatest(writer.moment, (SELECT max(h.recorded_to) FROM %1$s h WHERE h.id = n.id)) AS since'
        '  FROM new_rows n CROSS JOIN LATERAL (SELECT writer.effective AS point UNION SELECT h.effective_from FROM %1$s h'
        '   WHERE h.id = n.id AND h.effective_from > writer.effective AND NOT EXISTS (SELECT FROM %1$s k'
        '    WHERE k.id = h.id AND k.history_id > h.history_id AND k.effective_from <= h.effective_from)) begun)'
        ' INSERT INTO %1$s (%2$s, recorded_from, recorded_to, effective_from, change_id, row_digest)'
        ' SELECT %2$s, written_at, CASE WHEN is_last_point THEN NULL ELSE written_at END, holds_from, writer.change, %5$s'
        ' FROM (SELECT %4$s, m.holds_from, m.written_at, m.is_last_point FROM (SELECT %3$s, p.point AS holds_from,'
        '   p.since AS written_at, p.point = max(p.point) OVER (PARTITION BY p.id) AS is_last_point'
        '   FROM points p JOIN new_rows n ON n.id = p.id JOIN old_rows o ON o.id = p.id CROSS JOIN LATERAL'
        -- What was valid on that day; before the first day, what was valid first.
        '   (SELECT * FROM %1$s v WHERE v.id = p.id ORDER BY greatest(v.effective_from, p.point), v.history_id DESC LIMIT 1) h'
        '  ) m) n ORDER BY n.id, holds_from',
        history, names, merged, made, digest_of(target));
END
$$;

-- The definition of the function that writes the history of a table for a whole statement at once, made from the
-- columns of the table. It runs as its owner: the application cannot write history itself. The open
-- versions are looked up for each row by an index (OFFSET 0 keeps the look-up apart), whatever was estimated when the
-- plan was made: it is kept, and the next statement may write one row or many.
CREATE FUNCTION history_writer_of(target oid) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
DECLARE
    table_name text := relname FROM pg_class WHERE oid = target;
    history text := format('%I.%I', 'public', table_name || '_history');
    names text;
    new_names text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg('n.' || quote_ident(attname), ', ' ORDER BY attnum)
      INTO names, new_names
      FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped;
    RETURN format($writer$
CREATE OR REPLACE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
AS $body$
#variable_conflict use_column
<<writer>>
DECLARE
    begun timestamptz := current_setting('registry.now')::timestamptz;
    moment timestamptz := greatest(writer.begun, (SELECT known_at + interval '1 microsecond' FROM history_frozen));
    effective timestamptz := current_setting('registry.effective_at')::timestamptz;
    change bigint := current_setting('registry.change_id')::bigint;
    touched text := coalesce(current_setting('registry.touched', true), '');
    written bigint := 0;
    counted bigint;
    ended text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- The event names the versions that end without another one, so that a deletion by hand is found.
        WITH ended AS (
            UPDATE %2$s h SET recorded_to = greatest(writer.moment, h.recorded_from)
             WHERE h.history_id = ANY (ARRAY(SELECT k.history_id FROM old_rows o CROSS JOIN LATERAL
                   (SELECT v.history_id FROM %2$s v WHERE v.id = o.id AND v.recorded_to IS NULL OFFSET 0) k))
            RETURNING h.history_id)
        SELECT count(*), range_agg(int8range(history_id, history_id + 1))::text
          INTO writer.counted, writer.ended FROM ended;
        written := writer.written + writer.counted;
        IF writer.counted > 0 THEN
            PERFORM set_config('registry.deleted', concat_ws(';',
                nullif(current_setting('registry.deleted', true), ''), %3$L || writer.ended), true);
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE %2$s h SET recorded_to = greatest(writer.moment, h.recorded_from)
         WHERE h.history_id = ANY (ARRAY(SELECT k.history_id FROM old_rows o CROSS JOIN LATERAL
               (SELECT v.history_id FROM %2$s v WHERE v.id = o.id AND v.recorded_to IS NULL OFFSET 0) k));
        GET DIAGNOSTICS counted = ROW_COUNT;
        written := writer.written + writer.counted;
    END IF;
    IF TG_OP = 'UPDATE' AND writer.effective < writer.begun THEN
        %4$s;
        GET DIAGNOSTICS counted = ROW_COUNT;
        written := writer.written + writer.counted;
    ELSIF TG_OP IN ('INSERT', 'UPDATE') THEN
        -- A concurrent change may have been recorded after this transaction began: time never runs backwards in a row.
        INSERT INTO %2$s (%5$s, recorded_from, effective_from, change_id, row_digest)
        SELECT %6$s, greatest(writer.moment, (SELECT max(h.recorded_to) FROM %2$s h WHERE h.id = n.id)),
               writer.effective, writer.change, %7$s
          FROM new_rows n ORDER BY n.id;
        GET DIAGNOSTICS counted = ROW_COUNT;
        written := writer.written + writer.counted;
    END IF;
    -- A statement that changed no row has touched nothing.
    IF writer.written > 0 AND position(%8$L IN ',' || writer.touched || ',') = 0 THEN
        PERFORM set_config('registry.touched', concat_ws(',', nullif(writer.touched, ''), %9$L), true);
    END IF;
    RETURN NULL;
END
$body$;
$writer$,
        'record_history_' || table_name, history, table_name || ' ', correction_of(target, history), names, new_names,
        digest_of(target), ',' || table_name || ',', table_name);
END
$$;

-- Writes the function of a table again, after its columns have changed.
CREATE FUNCTION refresh_history(target text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE history_writer_of(target::regclass);
END
$$;

-- The versioned tables whose function does not fit their columns.
CREATE FUNCTION stale_histories() RETURNS SETOF text LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT c.relname::text
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE t.tgname = 'history_insert' AND position(p.prosrc IN history_writer_of(c.oid)) = 0
     ORDER BY 1
$$;

-- The function and the three triggers that write the history of a table.
CREATE OR REPLACE FUNCTION attach_history(target text) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    writer text := 'record_history_' || target;
BEGIN
    PERFORM refresh_history(target);
    EXECUTE format('CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION %I()', target, writer);
    EXECUTE format('CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION %I()', target, writer);
    EXECUTE format('CREATE OR REPLACE TRIGGER history_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION %I()', target, writer);
END
$$;

SELECT attach_history(tgrelid::regclass::text) FROM pg_trigger WHERE tgname = 'history_insert';

DROP FUNCTION record_history();
