-- What a report froze stays what it was: a change that began before its moment and is written after it is recorded
-- after it.
CREATE TABLE history_frozen (
    is_only BOOLEAN NOT NULL DEFAULT true,
    known_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_history_frozen PRIMARY KEY (is_only),
    CONSTRAINT ck_history_frozen_is_only CHECK (is_only)
);
INSERT INTO history_frozen (known_at) VALUES ('-infinity');

-- Ends what is known at a moment: waits for the changes of what reports count that are being written, and every later
-- one is recorded after the moment. Writers wait until the transaction of the caller ends.
CREATE FUNCTION freeze_history(moment timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE structure, capacity_place, capacity_entry, organisation, admin_unit IN SHARE MODE;
    UPDATE history_frozen SET known_at = greatest(known_at, moment);
END
$$;
REVOKE EXECUTE ON FUNCTION freeze_history(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION freeze_history(timestamptz) TO registry_web, registry_worker;

-- The definition of the function that writes the history of a table for a whole statement at once, made from the
-- columns of the table. It runs as its owner: the application cannot write history itself. The open
-- versions are looked up for each row by an index (OFFSET 0 keeps the look-up apart), whatever was estimated when the
-- plan was made: it is kept, and the next statement may write one row or many.
CREATE OR REPLACE FUNCTION history_writer_of(target oid) RETURNS text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
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

SELECT refresh_history(tgrelid::regclass::text) FROM pg_trigger WHERE tgname = 'history_insert';
