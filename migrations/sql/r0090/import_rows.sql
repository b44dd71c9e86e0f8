-- What was read from a file, and what came of its check, is given with its import: the policy of import_batch decides.
-- Rows of a file are copied into a table of the transaction and inserted from there: COPY takes no policies.
DO $$
DECLARE
    protected text;
BEGIN
    FOREACH protected IN ARRAY ARRAY['import_decision', 'import_missing', 'import_result', 'import_row'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
        EXECUTE format(
            'CREATE POLICY own_rows ON %I TO registry_web, registry_worker'
            ' USING (batch_id IN (SELECT batch.id FROM import_batch batch))', protected);
    END LOOP;
END
$$;
