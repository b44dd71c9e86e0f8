-- The policies of rows, cheaper to plan: each statement is planned with the policy of each table that it names. Settings
-- are read in place instead of by functions, and what asks other tables stands in functions of PL/pgSQL, whose plans are
-- kept by the session; they are called for the rows alone that nothing before them gives.

CREATE FUNCTION reader_was_served(violation bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM violation_paper paper
        WHERE paper.violation_id = violation
          AND paper.addressee_id = ANY (nullif(current_setting('registry.organisations', true), '')::bigint[])
    );
END
$$;

CREATE FUNCTION reader_has_structure(structure_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_variable
DECLARE
    own bigint[] := nullif(current_setting('registry.organisations', true), '')::bigint[];
BEGIN
    IF structure_id IS NULL OR coalesce(cardinality(own), 0) = 0 THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM structure s WHERE s.id = structure_id AND s.owner_organisation_id = ANY (own))
        OR EXISTS (
            SELECT FROM capacity_place room JOIN capacity_entry entry ON entry.place_id = room.id
            WHERE room.structure_id = reader_has_structure.structure_id AND entry.holder_id = ANY (own)
        );
END
$$;

-- A file is given with its case; a file of a structure to the offices of areas; one of something else to each reader.
CREATE FUNCTION reader_has_subject_of(attachment bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    link record;
    is_given boolean := false;
BEGIN
    FOR link IN SELECT subject_kind, subject_id FROM attachment_link WHERE attachment_id = attachment LOOP
        is_given := CASE link.subject_kind
            WHEN 'structure' THEN
                coalesce(nullif(current_setting('registry.area_tables', true), '')::text[] && '{*,attachment}', false)
            WHEN 'violation' THEN EXISTS (SELECT FROM violation v WHERE v.id = link.subject_id)
            WHEN 'incident' THEN EXISTS (SELECT FROM incident i WHERE i.id = link.subject_id)
            WHEN 'colocation' THEN EXISTS (SELECT FROM colocation_request r WHERE r.id = link.subject_id)
            WHEN 'agreement' THEN EXISTS (SELECT FROM colocation_agreement a WHERE a.id = link.subject_id)
            ELSE true
        END;
        IF is_given THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

-- In a condition, {organisations}, {units}, {account}, {whole} and {area} stand for what the transaction set;
-- each is read once a statement.
CREATE FUNCTION policy_of(own_rows text, of_table text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    names text := quote_literal(ARRAY['*', of_table]);
    condition text := own_rows;
BEGIN
    condition := replace(condition, '{whole}', '(SELECT {whole_tables}::text[] && ' || names || '::text[])');
    condition := replace(condition, '{area}', '(SELECT {area_tables}::text[] && ' || names || '::text[])');
    condition := replace(condition, '{account}', '(SELECT {account}::bigint)');
    condition := replace(condition, '{organisations}', '(SELECT {organisations}::bigint[])::bigint[]');
    condition := replace(condition, '{units}', '(SELECT {units}::bigint[])::bigint[]');
    RETURN regexp_replace(condition, '{([a-z_]+)}', 'nullif(current_setting(''registry.\1'', true), '''')', 'g');
END
$$;

DO $$
DECLARE
    rule record;
    protected text;
BEGIN
    FOR rule IN SELECT * FROM (VALUES
        ('colocation_request', 'owner_organisation_id = ANY ({organisations}) OR requester_organisation_id = ANY ({organisations})'),
        ('colocation_agreement', 'owner_organisation_id = ANY ({organisations}) OR requester_organisation_id = ANY ({organisations})'),
        ('import_batch', 'organisation_id = ANY ({organisations}) OR created_by_id = {account}'),
        -- The accused knows of a case once minutes are made; a paper that was served stays readable.
        ('violation', 'handler_organisation_id = ANY ({organisations})'
            ' OR organisation_id = ANY ({organisations}) AND minutes_number IS NOT NULL'
            ' OR {area} AND unit_id = ANY ({units}) OR reader_was_served(id)'),
        -- Owners and users of the structure know of the danger.
        ('incident', 'handler_organisation_id = ANY ({organisations}) OR organisation_id = ANY ({organisations})'
            ' OR {area} AND unit_id = ANY ({units}) OR reader_has_structure(structure_id)'),
        ('attachment', 'organisation_id = ANY ({organisations}) OR uploaded_by_id = {account} OR reader_has_subject_of(id)')
    ) AS rules (of_table, own_rows) LOOP
        FOREACH protected IN ARRAY ARRAY[rule.of_table, rule.of_table || '_history'] LOOP
            EXECUTE format('ALTER POLICY own_rows ON %I USING (%s)', protected,
                           policy_of('{whole} OR ' || rule.own_rows, rule.of_table));
        END LOOP;
    END LOOP;
END
$$;

ALTER POLICY own_rows ON notice USING (
    user_ids && ARRAY[(SELECT nullif(current_setting('registry.account', true), '')::bigint)]
    OR organisation_ids && (SELECT nullif(current_setting('registry.organisations', true), '')::bigint[])::bigint[]
    OR roles && (SELECT nullif(current_setting('registry.roles', true), '')::text[])::text[]
    OR area_roles && (SELECT nullif(current_setting('registry.roles', true), '')::text[])::text[]
       AND unit_ids && (SELECT nullif(current_setting('registry.units', true), '')::bigint[])::bigint[]
    OR created_at >= (SELECT CASE WHEN nullif(current_setting('registry.whole_tables', true), '')::text[] && '{*,notice}'
                             THEN '-infinity' ELSE 'infinity' END::timestamptz)
);
DROP FUNCTION policy_of(text, text);
DROP FUNCTION reader_has_notices_since();
DROP FUNCTION reader_numbers(text);
DROP FUNCTION reader_account();
DROP FUNCTION reader_roles();
