-- The parameters that a transaction sets for its actor (registry/kernel/db/row_access.py); unset they give no row.
CREATE FUNCTION reader_has_table(tables text, name text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(current_setting(tables, true), ''), '{}')::text[] && ARRAY['*', name] $$;

CREATE FUNCTION reader_numbers(parameter text) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(current_setting(parameter, true), ''), '{}')::bigint[] $$;

CREATE FUNCTION reader_roles() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(current_setting('registry.roles', true), ''), '{}')::text[] $$;

CREATE FUNCTION reader_account() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('registry.account', true), '')::bigint $$;

-- Calls stand in subqueries, which are run once a statement and not once a row.
-- %1$s is a table or its history, %2$s the table, %3$s the condition of the rows that name the reader.
CREATE FUNCTION protect_rows(of_table text, own_rows text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    protected text;
BEGIN
    FOREACH protected IN ARRAY ARRAY[of_table, of_table || '_history'] LOOP
        CONTINUE WHEN to_regclass(protected) IS NULL;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
        EXECUTE format(
            'CREATE POLICY own_rows ON %1$I TO registry_web, registry_worker'
            ' USING ((SELECT reader_has_table(''registry.whole_tables'', %2$L)) OR '
                || replace(own_rows, '{table}', '%1$I') || ')',
            protected, of_table
        );
    END LOOP;
END
$$;

SELECT protect_rows('colocation_request', $$
    owner_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR requester_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
$$);

SELECT protect_rows('colocation_agreement', $$
    owner_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR requester_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
$$);

SELECT protect_rows('import_batch', $$
    organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR created_by_id = (SELECT reader_account())
$$);

-- The accused knows of a case once minutes are made; a paper that was served stays readable.
SELECT protect_rows('violation', $$
    handler_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[]) AND minutes_number IS NOT NULL
    OR (SELECT reader_has_table('registry.area_tables', 'violation'))
       AND unit_id = ANY ((SELECT reader_numbers('registry.units'))::bigint[])
    OR EXISTS (
        SELECT FROM violation_paper paper
        WHERE paper.violation_id = {table}.id
          AND paper.addressee_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    )
$$);

-- Owners and users of the structure know of the danger.
SELECT protect_rows('incident', $$
    handler_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR (SELECT reader_has_table('registry.area_tables', 'incident'))
       AND unit_id = ANY ((SELECT reader_numbers('registry.units'))::bigint[])
    OR structure_id IN (
        SELECT structure.id FROM structure
        WHERE structure.owner_organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    )
    OR structure_id IN (
        SELECT room.structure_id FROM capacity_place room JOIN capacity_entry entry ON entry.place_id = room.id
        WHERE entry.holder_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    )
$$);

-- A file is given with its case; a file of a structure to its owner, and to the offices of areas.
SELECT protect_rows('attachment', $$
    organisation_id = ANY ((SELECT reader_numbers('registry.organisations'))::bigint[])
    OR uploaded_by_id = (SELECT reader_account())
    OR EXISTS (
        SELECT FROM attachment_link link
        WHERE link.attachment_id = {table}.id
          AND CASE link.subject_kind
              WHEN 'structure' THEN (SELECT reader_has_table('registry.area_tables', 'attachment'))
              WHEN 'violation' THEN EXISTS (SELECT FROM violation v WHERE v.id = link.subject_id)
              WHEN 'incident' THEN EXISTS (SELECT FROM incident i WHERE i.id = link.subject_id)
              WHEN 'colocation' THEN EXISTS (SELECT FROM colocation_request r WHERE r.id = link.subject_id)
              WHEN 'agreement' THEN EXISTS (SELECT FROM colocation_agreement a WHERE a.id = link.subject_id)
              ELSE true
          END
    )
$$);

DROP FUNCTION protect_rows(text, text);

-- Each branch is served by its index, the one for the whole table too: its moment is before all notices or after them.
-- A notice names others, so that it is written without being read.
CREATE FUNCTION reader_has_notices_since() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN reader_has_table('registry.whole_tables', 'notice') THEN '-infinity' ELSE 'infinity' END::timestamptz
$$;

ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY written ON notice FOR INSERT TO registry_web, registry_worker WITH CHECK (true);
CREATE POLICY own_rows ON notice TO registry_web, registry_worker USING (
    user_ids && ARRAY[(SELECT reader_account())]
    OR organisation_ids && (SELECT reader_numbers('registry.organisations'))::bigint[]
    OR roles && (SELECT reader_roles())::text[]
    OR area_roles && (SELECT reader_roles())::text[]
       AND unit_ids && (SELECT reader_numbers('registry.units'))::bigint[]
    OR created_at >= (SELECT reader_has_notices_since())
);
