-- One function for all tables again, which makes its SQL at each statement.

-- The SQL that writes a change that holds from a day in the past, over the rows n (new) and o (old) of a table: $1 is
-- the moment of the change, $2 since when it holds, $3 its id. Each column that the change altered is altered in the
-- version that was valid on that day and in every version that began to hold later; earlier versions and all other
-- columns stay. The last version written is the present row; the others were never the present.
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
        'WITH points AS (SELECT n.id, begun.point, greatest($1, (SELECT max(h.recorded_to) FROM %1$s h WHERE h.id = n.id)) AS since'
        '  FROM new_rows n CROSS JOIN LATERAL (SELECT $2 AS point UNION SELECT h.effective_from FROM %1$s h'
        '   WHERE h.id = n.id AND h.effective_from > $2 AND NOT EXISTS (SELECT FROM %1$s k'
        '    WHERE k.id = h.id AND k.history_id > h.history_id AND k.effective_from <= h.effective_from)) begun)'
        ' INSERT INTO %1$s (%2$s, recorded_from, recorded_to, effective_from, change_id, row_digest)'
        ' SELECT %2$s, written_at, CASE WHEN is_last_point THEN NULL ELSE written_at END, holds_from, $3, %5$s'
        ' FROM (SELECT %4$s, m.holds_from, m.written_at, m.is_last_point FROM (SELECT %3$s, p.point AS holds_from,'
        '   p.since AS written_at, p.point = max(p.point) OVER (PARTITION BY p.id) AS is_last_point'
        '   FROM points p JOIN new_rows n ON n.id = p.id JOIN old_rows o ON o.id = p.id CROSS JOIN LATERAL'
        -- What was valid on that day; before the first day, what was valid first.
        '   (SELECT * FROM %1$s v WHERE v.id = p.id ORDER BY greatest(v.effective_from, p.point), v.history_id DESC LIMIT 1) h'
        '  ) m) n ORDER BY n.id, holds_from',
        history, names, merged, made, digest_of(target));
END
$$;

-- Writes the history of a statement, and notes which versions end because their row was deleted.
CREATE OR REPLACE FUNCTION record_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    history text := format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME || '_history');
    moment timestamptz := current_setting('registry.now')::timestamptz;
    effective timestamptz := current_setting('registry.effective_at')::timestamptz;
    change bigint := current_setting('registry.change_id')::bigint;
    touched text := coalesce(current_setting('registry.touched', true), '');
    names text;
    new_names text;
    written bigint := 0;
    counted bigint;
    ended text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- The event names the versions that end without another one, so that a deletion by hand is found.
        EXECUTE format(
            'WITH ended AS (UPDATE %s h SET recorded_to = greatest($1, h.recorded_from) FROM old_rows o'
            '  WHERE h.id = o.id AND h.recorded_to IS NULL RETURNING h.history_id)'
            ' SELECT count(*), range_agg(int8range(history_id, history_id + 1))::text FROM ended', history)
            INTO counted, ended USING moment;
        written := written + counted;
        IF counted > 0 THEN
            PERFORM set_config('registry.deleted', concat_ws(';',
                nullif(current_setting('registry.deleted', true), ''), TG_TABLE_NAME || ' ' || ended), true);
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        EXECUTE format(
            'UPDATE %s h SET recorded_to = greatest($1, h.recorded_from) FROM old_rows o'
            ' WHERE h.id = o.id AND h.recorded_to IS NULL', history) USING moment;
        GET DIAGNOSTICS counted = ROW_COUNT;
        written := written + counted;
    END IF;
    IF TG_OP = 'UPDATE' AND effective < moment THEN
        EXECUTE correction_of(TG_RELID, history) USING moment, effective, change;
        GET DIAGNOSTICS counted = ROW_COUNT;
        written := written + counted;
    ELSIF TG_OP IN ('INSERT', 'UPDATE') THEN
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
               string_agg('n.' || quote_ident(attname), ', ' ORDER BY attnum)
          INTO names, new_names
          FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
        -- A concurrent change may have been recorded after this transaction began: time never runs backwards in a row.
        EXECUTE format(
            'INSERT INTO %s (%s, recorded_from, effective_from, change_id, row_digest)'
            ' SELECT %s, greatest($1, (SELECT max(h.recorded_to) FROM %s h WHERE h.id = n.id)), $2, $3,'
            ' %s FROM new_rows n ORDER BY n.id',
            history, names, new_names, history, digest_of(TG_RELID)) USING moment, effective, change;
        GET DIAGNOSTICS counted = ROW_COUNT;
        written := written + counted;
    END IF;
    -- A statement that changed no row has touched nothing.
    IF written > 0 AND position(',' || TG_TABLE_NAME || ',' IN ',' || touched || ',') = 0 THEN
        PERFORM set_config('registry.touched', concat_ws(',', nullif(touched, ''), TG_TABLE_NAME), true);
    END IF;
    RETURN NULL;
END
$$;

-- The three triggers that write the history of a table.
CREATE OR REPLACE FUNCTION attach_history(target text) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER history_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION record_history()', target);
    EXECUTE format('CREATE TRIGGER history_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION record_history()', target);
    EXECUTE format('CREATE TRIGGER history_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION record_history()', target);
END
$$;

DO $$
DECLARE
    target text;
BEGIN
    FOR target IN SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'history_insert' LOOP
        EXECUTE format('DROP FUNCTION %I() CASCADE', 'record_history_' || target);
        PERFORM attach_history(target);
    END LOOP;
END
$$;

DROP FUNCTION refresh_history(text);
DROP FUNCTION stale_histories();
DROP FUNCTION history_writer_of(oid);
DROP TABLE history_frozen;
