-- Drops what the owner made in this database; what belongs to an extension stays.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT 'TABLE' AS kind, oid::regclass::text AS name FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'SEQUENCE', unnest(ARRAY['change_id_seq', 'structure_number_seq'])
        UNION ALL
        SELECT 'TYPE', unnest(ARRAY['procrastinate_job_to_defer_v1', 'procrastinate_job_event_type',
                                    'procrastinate_job_status'])
        -- Sorted, all names are read before the first of them is dropped.
        ORDER BY kind DESC, name
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE', made.kind, made.name);
    END LOOP;
END
$$;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SEQUENCES FROM registry_web, registry_worker;
