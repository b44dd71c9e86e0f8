-- The rows of a case table whose folded text contains all of these texts, by an index that a policy of rows keeps from
-- being used: LIKE is not LEAKPROOF, so that it would run on each row that the policy gives. It answers who has all rows
-- of the table, and is given them by its policy anyway; to others it says nothing of rows that are not theirs, not even by
-- the time that it takes.
CREATE FUNCTION cases_with_words(of_index text, texts text[]) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp
AS $$
DECLARE
    of_table text := indrelid::regclass FROM pg_index WHERE indexrelid = of_index::regclass;
    folded text := pg_get_indexdef(of_index::regclass, 1, false);
    conditions text;
BEGIN
    IF of_index NOT IN ('ix_colocation_agreement_words', 'ix_colocation_request_words', 'ix_incident_words',
                        'ix_violation_papers', 'ix_violation_words')
       OR NOT reader_has_table('registry.whole_tables', of_table) THEN
        RAISE EXCEPTION 'rows of % are not all given to this reader', of_table USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT string_agg(
               format('%s LIKE %L', folded, '%' || regexp_replace(fold(typed), '([\\%_])', '\\\1', 'g') || '%'), ' AND ')
      INTO conditions FROM unnest(texts) typed;
    RETURN QUERY EXECUTE format('SELECT id FROM %I WHERE %s', of_table, coalesce(conditions, 'true'));
END
$$;
REVOKE EXECUTE ON FUNCTION cases_with_words(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cases_with_words(text, text[]) TO registry_web, registry_worker;
