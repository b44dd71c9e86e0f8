-- Registrations in announcements of joint building, requests for offered sites and yearly building plans, with the
-- condition of r0093: whole tables to offices, to an organisation the rows that name it. A row of a plan is given with
-- its plan, a file of a registration or request with its case.
DO $$
DECLARE
    rule record;
    protected text;
    own CONSTANT text := ' = ANY ((SELECT nullif(current_setting(''registry.organisations'', true), '''')::bigint[])::bigint[])';
    whole CONSTANT text := '(SELECT nullif(current_setting(''registry.whole_tables'', true), '''')::text[] && %L::text[])';
BEGIN
    FOR rule IN SELECT * FROM (VALUES
        ('joint_interest', 'organisation_id' || own || ' OR announcer_id' || own),
        ('site_request', 'organisation_id' || own || ' OR office_id' || own),
        ('operator_plan', 'organisation_id' || own)
    ) AS rules (of_table, own_rows) LOOP
        FOREACH protected IN ARRAY ARRAY[rule.of_table, rule.of_table || '_history'] LOOP
            CONTINUE WHEN to_regclass(protected) IS NULL;
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
            EXECUTE format('CREATE POLICY own_rows ON %I TO registry_web, registry_worker USING (%s)', protected,
                           format(whole, ARRAY['*', rule.of_table]) || ' OR ' || rule.own_rows);
        END LOOP;
    END LOOP;
END
$$;

ALTER TABLE operator_plan_item ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON operator_plan_item TO registry_web, registry_worker
    USING (plan_id IN (SELECT plan.id FROM operator_plan plan));

CREATE OR REPLACE FUNCTION reader_has_subject_of(attachment bigint) RETURNS boolean
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
            WHEN 'joint_interest' THEN EXISTS (SELECT FROM joint_interest j WHERE j.id = link.subject_id)
            WHEN 'site_request' THEN EXISTS (SELECT FROM site_request s WHERE s.id = link.subject_id)
            ELSE true
        END;
        IF is_given THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

-- The same as in r0089, with the indexes of these tables.
-- The rows of a case table whose folded text contains all of these texts, by an index that a policy of rows keeps from
-- being used: LIKE is not LEAKPROOF, so that it would run on each row that the policy gives. It answers who has all rows
-- of the table, and is given them by its policy anyway; to others it says nothing of rows that are not theirs, not even by
-- the time that it takes.
CREATE OR REPLACE FUNCTION cases_with_words(of_index text, texts text[]) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp
AS $$
DECLARE
    of_table text := indrelid::regclass FROM pg_index WHERE indexrelid = of_index::regclass;
    folded text := pg_get_indexdef(of_index::regclass, 1, false);
    conditions text;
BEGIN
    IF of_index NOT IN ('ix_colocation_agreement_words', 'ix_colocation_request_words', 'ix_incident_words',
                        'ix_joint_interest_words', 'ix_site_request_words', 'ix_violation_papers', 'ix_violation_words')
       OR NOT reader_has_table('registry.whole_tables', of_table) THEN
        RAISE EXCEPTION 'rows of % are not all given to this reader', of_table USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT string_agg(
               format('%s LIKE %L', folded, '%' || regexp_replace(fold(typed), '([\\%_])', '\\\1', 'g') || '%'), ' AND ')
      INTO conditions FROM unnest(texts) typed;
    RETURN QUERY EXECUTE format('SELECT id FROM %I WHERE %s', of_table, coalesce(conditions, 'true'));
END
$$;
