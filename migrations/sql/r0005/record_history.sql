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
