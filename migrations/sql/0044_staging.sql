-- Rows of a file, and what a check found of them, are read by their batch right after they were written: the planner must
-- know how many there are by then. The application's roles own no table, so this analyses for them. A table that is
-- being analysed for another import is left to that.
CREATE FUNCTION analyse_import_rows() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    ANALYZE (SKIP_LOCKED) import_row (batch_id, number);
END
$$;
CREATE FUNCTION analyse_import_results() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    ANALYZE (SKIP_LOCKED) import_result (batch_id, number, outcome, warned, problems, structure_id);
END
$$;
REVOKE EXECUTE ON FUNCTION analyse_import_rows(), analyse_import_results() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analyse_import_rows(), analyse_import_results() TO registry_web, registry_worker;
